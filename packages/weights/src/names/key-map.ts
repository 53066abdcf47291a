import type { StateDict } from '@resnetjs/core';
import { CheckpointError, listFaults, quote } from '../checkpoint-error.ts';

/** `[pattern, replacement]`, applied like `String.replace`; rules run in order, each on what the one before made. */
export type KeyRule = readonly [pattern: RegExp, replacement: string];

/**
 * How a checkpoint's names become the model's:
 * a table of whole names, or of prefixes where both sides end in a dot (`{ 'linear.': 'fc.' }`);
 * a list of rules; or a function, which drops a tensor by returning `undefined`.
 */
export type KeyMap = Readonly<Record<string, string>> | readonly KeyRule[] | ((name: string) => string | undefined);

/** @throws CheckpointError listing names that would fall together. */
export function renameKeys(dict: StateDict, keyMap: KeyMap): StateDict {
  const rename = renamer(keyMap);
  const renamed: StateDict = new Map();
  const origins = new Map<string, string>();
  const faults: string[] = [];
  for (const [name, tensor] of dict) {
    const to = rename(name);
    if (to === undefined) continue;
    if (renamed.has(to)) faults.push(`${quote(origins.get(to) as string)} and ${quote(name)} both become ${quote(to)}`);
    renamed.set(to, tensor);
    origins.set(to, name);
  }
  if (faults.length) throw new CheckpointError(`The key map loses tensors: ${listFaults(faults)}.`);
  return renamed;
}

function renamer(keyMap: KeyMap): (name: string) => string | undefined {
  if (typeof keyMap === 'function') return keyMap;
  if (isRules(keyMap)) return (name) => keyMap.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), name);
  const prefixes = Object.keys(keyMap).filter((key) => key.endsWith('.'));
  return (name) => {
    if (Object.hasOwn(keyMap, name)) return keyMap[name];
    const prefix = prefixes.find((key) => name.startsWith(key));
    return prefix === undefined ? name : `${keyMap[prefix]}${name.slice(prefix.length)}`;
  };
}

const isRules = (keyMap: Exclude<KeyMap, (name: string) => unknown>): keyMap is readonly KeyRule[] => Array.isArray(keyMap);
