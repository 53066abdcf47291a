import type { Alignment } from './alignment.ts';
import { commonPrefix } from './by-names.ts';
import { fitsBody, fitsHead, SHORTCUT, type Shape, type Shapes, type Signature } from './signature.ts';

/** A module's own tensors, in the order in which PyTorch registers them. */
const PARTS = ['weight', 'bias', 'running_mean', 'running_var'] as const;

/** A module that has tensors itself, by part: a convolution, a norm, a linear layer. */
interface Unit {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, Shape>;
}

/**
 * Finds a network's parameters by their order and shapes: a state dict has them in the order in which its modules were
 * made. Tensors are paired by module, and within it by their part, so that a norm's four vectors of one shape keep their
 * places. A renaming counts only if it is the same in every block: two layers of one shape in another order, or another
 * kind of block whose layers follow one another alike, would need one that is not.
 *
 * @returns one alignment for each order of the shortcut's layers that fits: PyTorch's usual, last, or first in the block.
 */
export function byOrder(signature: Signature, shapes: Shapes): Alignment[] {
  const stored = unitsOf(shapes);
  if (!stored) return [];
  const { body, head } = signature;
  const wanted = unitsOf(body) as Unit[];
  const first = shortcutsFirst(wanted);
  const orders = first.every((unit, i) => unit === wanted[i]) ? [wanted] : [wanted, first];
  return orders.flatMap((order) => {
    const [last] = stored.slice(order.length);
    if (stored.length > order.length + 1) return [];
    const pairs = order.map((unit, i) => [unit, stored[i]] as const);
    if (!pairs.every(([unit, other]) => other !== undefined && isAlike(signature, unit, other))) return [];
    if (last && !(last.tensors.size === 2 && fitsHead(signature, last.tensors.get('weight'), last.tensors.get('bias')))) return [];
    const paths = pairs.map(([unit, other]) => [unit.path, (other as Unit).path] as const);
    if (!isSameInEveryBlock(paths)) return [];
    const paired = new Map(last ? [...paths, [head.name, last.path] as const] : paths);
    const whole = [...body.keys(), ...(last ? [`${head.name}.weight`, `${head.name}.bias`] : [])];
    const names = whole.map((name): [string, string] => {
      const dot = name.lastIndexOf('.');
      return [name, `${paired.get(name.slice(0, dot))}${name.slice(dot)}`];
    });
    return [{ names: new Map(names), prefix: '', head: last?.path, left: [] }];
  });
}

/** Whether a state dict is no longer in the order of its modules, such as a file whose tensors were sorted by name. */
export const orderIsLost = (shapes: Shapes): boolean => unitsOf(shapes) === undefined;

/** `undefined` where the order is not that of modules, or a tensor is no part of a layer that is known here. */
function unitsOf(shapes: Shapes): Unit[] | undefined {
  const units = new Map<string, Map<string, Shape>>();
  let current: string | undefined;
  for (const [name, shape] of shapes) {
    const dot = name.lastIndexOf('.');
    const [path, part] = [name.slice(0, Math.max(dot, 0)), name.slice(dot + 1)];
    const place = (PARTS as readonly string[]).indexOf(part);
    if (place < 0 || (path !== current && units.has(path))) return undefined;
    const tensors = units.get(path) ?? new Map<string, Shape>();
    if ([...tensors.keys()].some((before) => (PARTS as readonly string[]).indexOf(before) > place)) return undefined;
    units.set(path, tensors.set(part, shape));
    current = path;
  }
  return countsUp([...units.keys()]) ? [...units].map(([path, tensors]) => ({ path, tensors })) : undefined;
}

/** Whether numbered siblings follow one another by their numbers: sorted as text, block 10 would come before block 2. */
function countsUp(paths: readonly string[]): boolean {
  const latest = new Map<string, number>();
  return paths.every((path) => {
    const segments = path.split('.');
    return segments.every((segment, i) => {
      const number = Number(/\d+(?=\D*$)/.exec(segment)?.[0] ?? Number.NaN);
      if (Number.isNaN(number)) return true;
      const family = [...segments.slice(0, i), segment.replace(/\d+(?=\D*$)/, '#')].join('.');
      const isNext = number >= (latest.get(family) ?? 0);
      latest.set(family, number);
      return isNext;
    });
  });
}

/** The same units with a block's shortcut before its other layers. */
function shortcutsFirst(units: readonly Unit[]): Unit[] {
  const blocks = [...new Set(units.flatMap(({ path }) => (path.includes(SHORTCUT) ? [`${path.slice(0, path.indexOf(SHORTCUT))}.`] : [])))];
  const groups = new Map<string, Unit[]>();
  for (const unit of units) {
    const group = blocks.find((block) => unit.path.startsWith(block)) ?? unit.path;
    groups.set(group, [...(groups.get(group) ?? []), unit]);
  }
  const isShortcut = ({ path }: Unit) => path.includes(SHORTCUT);
  return [...groups.values()].flatMap((group) => [...group.filter(isShortcut), ...group.filter((unit) => !isShortcut(unit))]);
}

const isAlike = (signature: Signature, wanted: Unit, stored: Unit): boolean =>
  wanted.tensors.size === stored.tensors.size &&
  [...wanted.tensors.keys()].every((part) => fitsBody(signature, `${wanted.path}.${part}`, stored.tensors.get(part)));

/** Names with other numbers: `layer#.#`. */
const family = (path: string): string => path.replace(/\d+/g, '#');

/**
 * Whether parts that are numbered alike, such as stages and blocks, are renamed alike: each is one part of the state dict
 * too, and what is `conv1` in one of them is called the same in all others, and nothing else is.
 */
function isSameInEveryBlock(paths: readonly (readonly [to: string, from: string])[]): boolean {
  const parts = new Map<string, (readonly [to: string, from: string])[]>();
  for (const pair of paths) for (const part of numberedParts(pair[0])) parts.set(part, [...(parts.get(part) ?? []), pair]);
  const renamed = new Map<string, string>();
  const isOne = (key: string, value: string): boolean => {
    const known = renamed.get(key);
    renamed.set(key, value);
    return known === undefined || known === value;
  };
  const shared = new Map([...parts].map(([part, pairs]) => [part, commonPrefix(pairs.map(([, from]) => from)).split('.')]));
  // Layers of a block without a shortcut may share more: `stages.0.layers.1.layer.` where its likes have `layer.` and `shortcut.`
  const depths = new Map<string, number>();
  for (const [part, { length }] of shared) depths.set(family(part), Math.min(length, depths.get(family(part)) ?? length));
  return [...parts].every(([part, pairs]) => {
    const kind = family(part);
    const prefix = (shared.get(part) as string[])
      .slice(0, (depths.get(kind) as number) - 1)
      .map((segment) => `${segment}.`)
      .join('');
    return (
      prefix !== '' &&
      isOne(`place ${kind} ${prefix}`, part) &&
      pairs.every(([to, from]) => {
        const [wanted, stored] = [to.slice(part.length + 1), from.slice(prefix.length)];
        return isOne(`to ${kind} ${wanted}`, stored) && isOne(`from ${kind} ${stored}`, wanted);
      })
    );
  });
}

/** The parts with a number that a layer is in: `layer1` and `layer1.0` for `layer1.0.conv1`. */
function numberedParts(path: string): string[] {
  const segments = path.split('.');
  return segments.slice(0, -1).flatMap((segment, i) => (/\d/.test(segment) ? [segments.slice(0, i + 1).join('.')] : []));
}
