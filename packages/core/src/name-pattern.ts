import { ConfigError } from './errors.ts';
import type { Module } from './module.ts';
import { parameters } from './named-modules.ts';

/**
 * Names of parameters, and of parts for all that is in them: `fc`, `layer1`, `layer4.2.conv3.weight`. A `*` stands for
 * any characters: `layer*`, `*.bn3`.
 */
export type NamePattern = string;

const literally = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

/** Whether a parameter's dotted name is meant by a pattern. */
export function matches(name: string, pattern: NamePattern): boolean {
  const expression = pattern.split('*').map(literally).join('.*');
  return new RegExp(`^${expression}(\\..*)?$`).test(name);
}

/** @throws ConfigError naming every pattern that means no parameter of the model, and the parts there are. */
export function checkPatterns(what: string, model: Module, patterns: readonly NamePattern[]): void {
  const names = [...parameters(model).keys()];
  const idle = patterns.filter((pattern) => !names.some((name) => matches(name, pattern)));
  if (!idle.length) return;
  const parts = [...new Set(names.map((name) => name.split('.')[0]))].join(', ');
  throw new ConfigError(`${what}: nothing is called ${idle.map((p) => `'${p}'`).join(', ')}. The model has ${parts}, and parts in them.`);
}
