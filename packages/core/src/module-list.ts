import { type Module, module } from './module.ts';
import { listNumbered, numbered } from './numbered-parts.ts';

/** Modules under one name, `0`, `1`, …, as PyTorch's `nn.ModuleList` has them. */
export interface ModuleList<M extends Module> extends Module {
  readonly items: readonly M[];
}

/** Modules that the part around them runs one by one, in its own way; together they have no forward pass. */
export function moduleList<M extends Module>(...items: readonly M[]): ModuleList<M> {
  const list = module('list', numbered(items), () => {
    throw new TypeError('A moduleList has no forward pass: run its items.');
  });
  return listNumbered('items', list) as unknown as ModuleList<M>;
}
