import { type Module, parameters } from '@resnetjs/core';

/** Parts of a network that are trained alike: names of parameters. */
export interface LayerGroup {
  /** `stem`, `layer3`, `fc`. */
  readonly name: string;
  readonly names: readonly string[];
}

/**
 * A network's parameters in groups, first layers first and the head last, for rates that differ by depth and for
 * unfreezing step by step.
 *
 * Groups are the network's own stages; where one part has all of them (DenseNet's `features`), those in it. Single layers before
 * the first stage are the stem; those between are with the stage before.
 */
export function layerGroups(model: Module): LayerGroup[] {
  const trained = [...parameters(model)].filter(([, { role }]) => role !== 'buffer').map(([name]) => name);
  const parts = partsOf(trained, '');
  const stages = parts.filter(isStage);
  const [only] = stages;
  const divided =
    stages.length === 1 && only ? parts.flatMap((part) => (part === only ? partsOf(part.names, `${part.name}.`) : [part])) : parts;
  const groups: { name: string; names: string[] }[] = [];
  for (const [i, part] of divided.entries()) {
    const before = groups.at(-1);
    const isHead = i === divided.length - 1;
    if (isHead || isStage(part)) groups.push({ name: part.name, names: [...part.names] });
    else if (before) before.names.push(...part.names);
    else groups.push({ name: 'stem', names: [...part.names] });
  }
  return groups;
}

/** What lies directly below a prefix, in order. */
function partsOf(names: readonly string[], prefix: string): LayerGroup[] {
  const parts = new Map<string, string[]>();
  for (const name of names) {
    const key = prefix + name.slice(prefix.length).split('.')[0];
    parts.set(key, [...(parts.get(key) ?? []), name]);
  }
  return [...parts].map(([name, own]) => ({ name, names: own }));
}

/** Whether there are layers in its layers: `layer1.0.conv1.weight`. */
const isStage = ({ name, names }: LayerGroup): boolean => names.some((own) => own.slice(name.length + 1).split('.').length > 2);
