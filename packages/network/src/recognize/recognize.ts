import type { StateDict, StoredTensor } from '@resnetjs/core';
import type { QuantizedPlan } from '@resnetjs/quantize';
import { isCounter } from '@resnetjs/weights';
import { createModel, listModels, type ModelOptions, modelInfo } from '@resnetjs/zoo';
import { NetworkError } from '../network-error.ts';
import type { Alignment } from './alignment.ts';
import { byNames } from './by-names.ts';
import { byOrder, orderIsLost } from './by-order.ts';
import { describeDifferences, list, nearestOf } from './nearest.ts';
import { countShapes, publishedSignature, type Shapes, type Signature, signatureOf, withShortcuts } from './signature.ts';

/** A network of the zoo, as `createModel` builds it. */
export interface Architecture {
  readonly name: string;
  readonly options: ModelOptions;
}

export interface RecognizeOptions {
  /** Name of the network that it is; by default all of the zoo are compared. */
  readonly architecture?: string | undefined;
  /** What it was built with beside its name; by default found out. */
  readonly config?: ModelOptions | undefined;
  /** Only the backbone is wanted: a head that is none of the zoo's is left out, with a note. */
  readonly backbone?: boolean | undefined;
}

/** A state dict, and the network that it is of. */
export interface Recognized {
  readonly architecture: Architecture;
  /** Other networks with the very same names and shapes, which weights alone cannot tell apart. */
  readonly alike: readonly string[];
  /** In the network's own names and order; of a network in 8 bits empty, for its weights are the plan's. */
  readonly stateDict: StateDict;
  /** What a network in 8 bits computes. */
  readonly plan?: QuantizedPlan;
  /** Whether the layer that tells classes is there. */
  readonly hasHead: boolean;
  /** What was assumed, for the user to check. */
  readonly notes: readonly string[];
}

/**
 * Finds the network of the zoo that a state dict is of: by the names of its parameters, whatever stands before them and
 * whatever its head is called; else by their order and shapes.
 *
 * @param stateDict in PyTorch's layout and the order of its modules; not changed.
 * @throws NetworkError saying what differs from the nearest network, or which networks it could be of.
 */
export function recognize(stateDict: StateDict, { architecture, config, backbone = false }: RecognizeOptions = {}): Recognized {
  const dict = new Map([...stateDict].filter(([name]) => !isCounter(name)));
  const shapes: Shapes = new Map([...dict].map(([name, { shape }]) => [name, shape]));
  const named = architecture === undefined ? listModels() : [architecture];
  const signatures = named.map((name) => (config ? signatureOf(name, config) : publishedSignature(name)));
  const matches = matchesOf(signatures, shapes, config !== undefined);
  if (matches.length === 0) throw unrecognized(signatures, shapes, { isNamed: architecture !== undefined, fixed: config !== undefined });
  const [first, ...others] = matches as [Match, ...Match[]];
  const rivals = others.filter((other) => renaming(other) !== renaming(first));
  if (rivals.length > 0) throw ambiguous([first, ...rivals]);
  if (!backbone && !isWhole(first)) throw withoutHead(first);
  const found = sized(first, shapes);
  if (config) assertSizes(found, first, config);
  return {
    architecture: config ? { name: first.signature.name, options: config } : found,
    alike: others.filter((other) => configOf(sized(other, shapes)) !== configOf(found)).map(({ signature }) => signature.name),
    stateDict: renamed(dict, first),
    hasHead: first.alignment.head !== undefined,
    notes: notesOf(first),
  };
}

/** `resnet20_cifar`, with what it was given beside its name: `resnet20_cifar (shortcut B)`. */
export function describeArchitecture({ name, options }: Architecture): string {
  const given = Object.entries(options)
    .filter(([option, value]) => option !== 'classes' || value !== modelInfo(name).classes)
    .map(([option, value]) => `${option} ${value}`);
  return given.length > 0 ? `${name} (${given.join(', ')})` : name;
}

interface Match {
  readonly signature: Signature;
  readonly alignment: Alignment;
  readonly how: 'names' | 'order';
}

/** The networks that fit best: what is whole counts more than a backbone with something beside it, and names more than order. */
function matchesOf(signatures: readonly Signature[], shapes: Shapes, fixed: boolean): Match[] {
  let best: Match[] = [];
  const counts = countShapes(shapes.values());
  const possible = signatures.filter((signature) => couldBe(signature, counts));
  for (const [how, align] of [
    ['names', byNames],
    ['order', byOrder],
  ] as const) {
    const matchesWith = (signature: Signature) => align(signature, shapes).map((alignment): Match => ({ signature, alignment, how }));
    const asPublished = possible.flatMap(matchesWith);
    // Other projections are looked for only where nothing fits as it was published.
    const lookOn = !fixed && !asPublished.some(isWhole);
    const matches = lookOn
      ? [...asPublished, ...possible.flatMap((signature) => firstWhole(withShortcuts(signature).map(matchesWith)))]
      : asPublished;
    const whole = matches.filter(isWhole);
    if (whole.length > 0) return whole;
    const least = Math.min(...matches.map(({ alignment }) => alignment.left.length));
    if (best.length === 0) best = matches.filter(({ alignment }) => alignment.left.length === least);
  }
  return best;
}

/** A network's options that change nothing about it here are one. */
const firstWhole = (variants: readonly Match[][]): Match[] => variants.find((matches) => matches.some(isWhole)) ?? variants.flat();

const isWhole = ({ alignment }: Match): boolean => alignment.left.length === 0;

/** Whether all shapes of a network are there, but those that options change: a quick look before a close one. */
const couldBe = ({ fixed }: Signature, counts: ReadonlyMap<string, number>): boolean =>
  [...fixed].every(([shape, count]) => (counts.get(shape) ?? 0) >= count);

const renaming = ({ alignment }: Match): string => [...alignment.names].map(([to, from]) => `${to}=${from}`).join();

/** The network with the classes and channels that the weights have, where they are not its own. */
function sized({ signature, alignment }: Match, shapes: Shapes): Architecture {
  const { name, options, head, input, body } = signature;
  const shapeOf = (to: string | undefined) => shapes.get(alignment.names.get(to ?? '') ?? '');
  const classes = shapeOf(`${head.name}.weight`)?.[0];
  const channels = shapeOf(input)?.[1];
  return {
    name,
    options: {
      ...options,
      ...(classes !== undefined && classes !== head.shape[0] && { classes }),
      ...(channels !== undefined && channels !== body.get(input ?? '')?.[1] && { channels }),
    },
  };
}

/** What was said of the network must be so of its weights. */
function assertSizes({ name, options }: Architecture, { signature }: Match, config: ModelOptions): void {
  const other = Object.entries(options).filter(([option, value]) => config[option as keyof ModelOptions] !== value);
  if (other.length === 0) return;
  const said = { classes: signature.head.shape[0], channels: signature.body.get(signature.input ?? '')?.[1] };
  const faults = other.map(([option, value]) => `${option} ${value} instead of ${said[option as 'classes' | 'channels']}`);
  throw new NetworkError(`these are the parameters of ${name} with ${faults.join(' and ')}.`, {
    advice: 'Give it another config, or none.',
  });
}

const configOf = ({ name, options }: Architecture): string =>
  JSON.stringify(Object.entries(createModel(name, options).config).sort(([a], [b]) => (a < b ? -1 : 1)));

function renamed(dict: StateDict, { signature, alignment }: Match): StateDict {
  const layerOf4D = signature.head.shape.length;
  return new Map(
    [...alignment.names].map(([to, from]): [string, StoredTensor] => {
      const tensor = dict.get(from) as StoredTensor;
      if (to !== `${signature.head.name}.weight` || tensor.shape.length === layerOf4D) return [to, tensor];
      const [classes = 0, features = 0] = tensor.shape;
      return [to, { ...tensor, shape: layerOf4D === 2 ? [classes, features] : [classes, features, 1, 1] }]; // the same numbers
    }),
  );
}

function notesOf({ signature, alignment, how }: Match): string[] {
  const { name, head } = signature;
  const { prefix, left, names } = alignment;
  const notes: string[] = [];
  if (how === 'order') {
    const other = [...new Set([...names].flatMap(([to, from]) => (to === from ? [] : [`${moduleOf(from)} for ${moduleOf(to)}`])))];
    notes.push(`Names differ from those of ${name} in ${other.length} layers (${list(other, 3)}): told by order and shapes.`);
  }
  if (prefix !== '') {
    const ofHead = names.get(`${head.name}.weight`);
    notes.push(
      `Names are taken without '${prefix}', which stands before all${ofHead?.startsWith(prefix) === false ? " but the head's" : ''}.`,
    );
  }
  if (how === 'names' && alignment.head !== undefined && alignment.head !== head.name)
    notes.push(`The layer that tells classes is called ${alignment.head} here, not ${head.name}.`);
  if (alignment.head === undefined)
    notes.push(
      left.length > 0
        ? `What is no part of ${name} was left out (${list(left, 3)}): there is no head that tells classes.`
        : 'There is no head: it gives features and embeddings, and tells no classes before it is fine-tuned.',
    );
  return notes;
}

const moduleOf = (name: string): string => name.slice(0, name.lastIndexOf('.'));

function ambiguous(matches: readonly Match[]): NetworkError {
  const names = [...new Set(matches.map(({ signature }) => signature.name))];
  const [one] = matches as [Match];
  const within = [...new Set(matches.map(({ alignment }) => `'${alignment.prefix}'`))];
  if (one.how === 'names' && within.length > 1)
    return new NetworkError(`more than one network is in it, their names after ${within.join(' and ')}.`, {
      advice: 'Say which with a key map that drops the others.',
    });
  return names.length > 1
    ? new NetworkError(`by order and shapes these parameters are those of ${names.join(' and ')} alike.`, {
        advice: 'Say which it is with { architecture }.',
        candidates: names,
      })
    : new NetworkError(`by order and shapes these parameters can be those of ${names[0]} in more than one way.`, {
        advice: 'Rename them with { keyMap }.',
      });
}

function withoutHead({ signature, alignment: { left } }: Match): NetworkError {
  return new NetworkError(
    `beside the parameters of ${describeArchitecture(signature)}'s backbone there are ${left.length} that are no single layer that tells classes (${list(left)}).`,
    { advice: '{ backbone: true } leaves them out; { keyMap } drops or renames some.' },
  );
}

function unrecognized(
  signatures: readonly Signature[],
  shapes: Shapes,
  { isNamed, fixed }: { isNamed: boolean; fixed: boolean },
): NetworkError {
  const nearest = nearestOf(signatures, shapes, fixed);
  const sorted = orderIsLost(shapes) ? ' Their order is not that of modules, so names alone can tell.' : '';
  const differs = `${describeDifferences(nearest, shapes)}.${sorted}`;
  return isNamed
    ? new NetworkError(`these are not the parameters of ${describeArchitecture(nearest)}: ${differs}`, {
        advice: 'Leave { architecture } out to have it found, or rename its parameters with { keyMap }.',
      })
    : new NetworkError(
        `no network of the zoo has these ${shapes.size} parameters; the nearest is ${describeArchitecture(nearest)}: ${differs}`,
        {
          advice: 'Say which it is with { architecture }, or rename its parameters with { keyMap }.',
        },
      );
}
