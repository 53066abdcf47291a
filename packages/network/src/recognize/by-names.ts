import type { Alignment } from './alignment.ts';
import { fitsBody, fitsHead, type Shapes, type Signature } from './signature.ts';

/**
 * Finds a network's parameters by their names, behind whatever stands before all of them, or before all but the head's.
 * The head may have another name: it is the one layer besides the body, and takes what the body gives.
 *
 * @returns one alignment for each prefix behind which the whole body is; none if it is not there.
 */
export function byNames(signature: Signature, shapes: Shapes): Alignment[] {
  const { body, head } = signature;
  const own = commonPrefix([...body.keys()]);
  const tails = [...body.keys()].map((name) => name.slice(own.length));
  const tops = new Set(tails.map(firstSegment));
  return prefixesBefore(tails[0] as string, shapes).flatMap((prefix): Alignment[] => {
    if (!tails.every((tail) => fitsBody(signature, own + tail, shapes.get(prefix + tail)))) return [];
    const taken = new Set(tails.map((tail) => prefix + tail));
    const left = [...shapes.keys()].filter((name) => !taken.has(name));
    // More in the body's own modules than the network has: another network.
    if (left.some((name) => name.startsWith(prefix) && tops.has(firstSegment(name.slice(prefix.length))))) return [];
    const names = new Map(tails.map((tail) => [own + tail, prefix + tail]));
    const layer = onlyLayer(left);
    const outer = withoutOwn(prefix, own);
    if (layer === undefined || !fitsHead(signature, shapes.get(`${layer}.weight`), shapes.get(`${layer}.bias`)))
      return [{ names, prefix: outer, head: undefined, left }];
    for (const part of PARTS) names.set(`${head.name}.${part}`, `${layer}.${part}`);
    return [{ names, prefix: outer, head: layer.startsWith(outer) ? layer.slice(outer.length) : layer, left: [] }];
  });
}

const PARTS = ['weight', 'bias'] as const;

const firstSegment = (name: string): string => name.slice(0, name.indexOf('.'));

/** What stands before a network's own prefix (`features.` of a DenseNet), if the state dict has that too. */
const withoutOwn = (prefix: string, own: string): string => (prefix.endsWith(own) ? prefix.slice(0, prefix.length - own.length) : prefix);

/** What stands in the state dict before names that end in this one. */
export function prefixesBefore(tail: string, shapes: Shapes): string[] {
  const ending = `.${tail}`;
  return [...shapes.keys()].flatMap((name) =>
    name === tail ? [''] : name.endsWith(ending) ? [name.slice(0, name.length - tail.length)] : [],
  );
}

/** The longest prefix of whole segments that all names share, each keeping at least its parameter's name. */
export function commonPrefix(names: readonly string[]): string {
  const [first = '', ...others] = names.map((name) => name.split('.').slice(0, -1));
  const length = [...first].findIndex((segment, i) => !(others as string[][]).every((other) => other[i] === segment));
  return [...first]
    .slice(0, length < 0 ? first.length : length)
    .map((segment) => `${segment}.`)
    .join('');
}

/** The layer that all of these are the weight and the bias of. */
function onlyLayer(names: readonly string[]): string | undefined {
  const layer = names[0]?.slice(0, names[0].lastIndexOf('.'));
  return names.length === 2 && PARTS.every((part) => names.includes(`${layer}.${part}`)) ? layer : undefined;
}
