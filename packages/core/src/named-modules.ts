import type { Module } from './module.ts';
import { Parameter } from './parameter.ts';

export const isModule = (value: unknown): value is Module =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Module>).forward === 'function';

/** A module and every module in it, depth first, by dotted name; the module itself is `''`. */
export function* namedModules(model: Module, prefix = ''): Generator<[name: string, module: Module]> {
  yield [prefix, model];
  for (const [key, part] of Object.entries(model)) if (isModule(part)) yield* namedModules(part, prefix ? `${prefix}.${key}` : key);
}

/** Every parameter and buffer of a model by its dotted name, in PyTorch's order. */
export function parameters(model: Module): Map<string, Parameter> {
  const found = new Map<string, Parameter>();
  for (const [name, part] of namedModules(model))
    for (const [key, value] of Object.entries(part)) if (value instanceof Parameter) found.set(name ? `${name}.${key}` : key, value);
  return found;
}
