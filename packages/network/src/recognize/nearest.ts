import { formatShape } from '@resnetjs/core';
import { prefixesBefore } from './by-names.ts';
import { countShapes, type Shapes, type Signature, signatureOf, withShortcuts } from './signature.ts';

/** Where a state dict and a network differ. */
interface Differences {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  /** `conv1.weight is [64,1,7,7] instead of [64,3,7,7]` */
  readonly misshapen: readonly string[];
}

/**
 * The network that a state dict differs least from, by its shapes, then by its names.
 *
 * @param fixed whether its options were given, so that other ones are a difference
 */
export function nearestOf(signatures: readonly Signature[], shapes: Shapes, fixed: boolean): Signature {
  const stored = countShapes(shapes.values());
  const distance = (signature: Signature) => shapeDistance(signature, stored, shapes.size);
  const distances = signatures.map(distance);
  const least = Math.min(...distances);
  const nearest = signatures.filter((_, i) => distances[i] === least);
  const known = nearest.map((signature) => countKnown(signature, unwrapped(signature, shapes)));
  const found = nearest[known.indexOf(Math.max(...known))] as Signature;
  return (fixed ? [found] : [found, ...withShortcuts(found)]).reduce((best, other) => (distance(other) < distance(best) ? other : best));
}

/** `2 missing (fc.weight, fc.bias); 1 misshapen (…)`, or that the shapes alone are alike. */
export function describeDifferences(nearest: Signature, shapes: Shapes): string {
  const bare = unwrapped(nearest, shapes);
  const unknown = nearest.body.size - countKnown(nearest, bare);
  if (unknown * 2 > nearest.body.size)
    return (
      `${unknown} of its ${nearest.body.size} names (${list([...nearest.body.keys()], 2)}) are not among these (${list([...shapes.keys()], 2)}), ` +
      'and order and shapes do not tell which is which'
    );
  const found = differences(asSized(nearest, bare), bare);
  return (['missing', 'unexpected', 'misshapen'] as const)
    .filter((kind) => found[kind].length > 0)
    .map((kind) => `${found[kind].length} ${kind} (${list(found[kind])})`)
    .join('; ');
}

function differences({ body, head }: Signature, shapes: Shapes): Differences {
  const wanted = new Map([...body, [`${head.name}.weight`, head.shape], [`${head.name}.bias`, head.shape.slice(0, 1)]]);
  const [missing, misshapen]: [string[], string[]] = [[], []];
  for (const [name, shape] of wanted) {
    const stored = shapes.get(name);
    if (!stored) missing.push(name);
    else if (formatShape(stored) !== formatShape(shape))
      misshapen.push(`${name} is ${formatShape(stored)} instead of ${formatShape(shape)}`);
  }
  return { missing, misshapen, unexpected: [...shapes.keys()].filter((name) => !wanted.has(name)) };
}

/** The same network of as many classes as its own head has here: their number is no difference. */
function asSized(signature: Signature, shapes: Shapes): Signature {
  const classes = shapes.get(`${signature.head.name}.weight`)?.[0];
  return classes === undefined ? signature : signatureOf(signature.name, { ...signature.options, classes });
}

/** Of one kind: enough to see a pattern, few enough to read. */
const MAX_NAMED = 12;

export const list = (names: readonly string[], most = MAX_NAMED): string =>
  `${names.slice(0, most).join(', ')}${names.length > most ? `, and ${names.length - most} more` : ''}`;

/** The input's filter and the head may have any channels and classes. */
const FREE_TENSORS = 3;

function shapeDistance({ body, input }: Signature, stored: ReadonlyMap<string, number>, size: number): number {
  let common = 0;
  let needed = 0;
  for (const [shape, count] of countShapes([...body].flatMap(([name, shape]) => (name === input ? [] : [shape])))) {
    common += Math.min(count, stored.get(shape) ?? 0);
    needed += count;
  }
  return needed - common + Math.max(0, size - common - FREE_TENSORS);
}

/** The state dict without what stands before most of the network's names. */
function unwrapped({ body }: Signature, shapes: Shapes): Shapes {
  const prefixes = new Map<string, number>();
  for (const name of body.keys()) for (const prefix of prefixesBefore(name, shapes)) prefixes.set(prefix, (prefixes.get(prefix) ?? 0) + 1);
  const [prefix] = [...prefixes].reduce((most, entry) => (entry[1] > most[1] ? entry : most), ['', 0]);
  return new Map([...shapes].map(([name, shape]) => [name.startsWith(prefix) ? name.slice(prefix.length) : name, shape]));
}

const countKnown = ({ body }: Signature, shapes: Shapes): number => [...body.keys()].filter((name) => shapes.has(name)).length;
