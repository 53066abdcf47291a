import type { Module } from './module.ts';

/** Parts by their numbers, as PyTorch names those of its `nn.Sequential` and `nn.ModuleList`. */
export const numbered = <T>(items: readonly T[]): Record<string, T> => Object.fromEntries(items.map((item, i) => [String(i), item]));

/** Shows a module's numbered parts as a list too, as they are at the time; JavaScript keeps them in the order of their numbers. */
export const listNumbered = (name: string, made: Module): Module =>
  Object.defineProperty(made, name, {
    get: () => Object.entries(made).flatMap(([key, item]) => (/^\d+$/.test(key) && item ? [item] : [])),
  });
