import type { Module } from './module.ts';
import { isModule } from './named-modules.ts';

/** Where a part was put: known to the part itself, and no part of its own. */
const PLACE = Symbol('place');

interface Placed {
  readonly [PLACE]?: { readonly parent: Module; readonly key: string };
}

/** Tells the parts of a module where they are. One that is put into another module later keeps its first place. */
export function placeParts(parent: Module): void {
  for (const [key, part] of Object.entries(parent))
    if (isModule(part) && !(part as Placed)[PLACE]) Reflect.defineProperty(part, PLACE, { value: { parent, key } });
}

/** The dotted name of a part in the whole that it belongs to: the same however and from wherever it is run. */
export function nameOf(part: Module): string {
  const keys: string[] = [];
  for (let place = (part as Placed)[PLACE]; place; place = (place.parent as Placed)[PLACE]) keys.unshift(place.key);
  return keys.join('.');
}
