import type { Module } from './module.ts';
import { parameters } from './named-modules.ts';

/** Frees every parameter and buffer of a model. It can be given values again. */
export function dispose(model: Module): void {
  for (const parameter of parameters(model).values()) parameter.dispose();
}
