import type { Module } from './module.ts';
import { Parameter } from './parameter.ts';

export const isModule = (value: unknown): value is Module =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Module>).forward === 'function';

/** A module and every module in it, depth first, by dotted name; the module itself is `''`. */
export function namedModules(model: Module): [name: string, module: Module][] {
  const found: [string, Module][] = [['', model]];
  const into = (name: string, module: Module): void => {
    for (const [key, part] of Object.entries(module)) {
      if (!isModule(part)) continue;
      found.push([name + key, part]);
      into(`${name}${key}.`, part);
    }
  };
  into('', model);
  return found;
}

/** Every parameter and buffer of a model by its dotted name, in PyTorch's order: a module's own before its parts'. */
export function parameters(model: Module): Map<string, Parameter> {
  const found = new Map<string, Parameter>();
  const into = (prefix: string, module: Module): void => {
    const parts = Object.entries(module);
    for (const [key, part] of parts) if (part instanceof Parameter) found.set(prefix + key, part);
    for (const [key, part] of parts) if (isModule(part)) into(`${prefix}${key}.`, part);
  };
  into('', model);
  return found;
}
