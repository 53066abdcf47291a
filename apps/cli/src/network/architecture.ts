import { type Module, parameters, type StateDict } from '@resnetjs/core';
import type { Manifest } from '@resnetjs/weights';
import { createModel, listModels, type ModelOptions } from '@resnetjs/zoo';
import { CommandError } from '../command-error.ts';
import { describeFit, type Fit, fitOf } from './fit.ts';

/** A network of the zoo, as `createModel` builds it. */
export interface Architecture {
  readonly name: string;
  readonly options: ModelOptions;
  /** Others with the very same names and shapes, which weights alone cannot tell apart. */
  readonly alike: readonly string[];
}

/**
 * Finds the network whose parameters have exactly these names and shapes.
 *
 * @param name of the network to take; by default all of the zoo are compared, and the first that fits is taken.
 * @throws CommandError listing what differs from the nearest.
 */
export function findArchitecture(file: string, dict: StateDict, name?: string): Architecture {
  const candidates = (name === undefined ? listModels() : [name]).map((candidate) => nearestOf(candidate, dict));
  const [first, ...others] = candidates.filter(({ fit }) => fit.faults === 0);
  if (first)
    return { name: first.name, options: first.options, alike: others.filter((other) => !isSame(first, other)).map((other) => other.name) };
  const nearest = candidates.reduce((best, candidate) => (candidate.fit.faults < best.fit.faults ? candidate : best));
  throw new CommandError(
    name === undefined
      ? `${file}: no network of the zoo has these ${dict.size} parameters; the nearest is ${nearest.name}: ${describeFit(nearest.fit)}. ` +
          'Say which it is with --model, or rename its parameters with --key-map.'
      : `${file}: these are not the parameters of ${name}: ${describeFit(nearest.fit)}. ` +
          'Leave --model out to have it found, or rename its parameters with --key-map.',
  );
}

/**
 * The network that a manifest names.
 *
 * @throws CommandError if there is none such, or the weights are not its.
 */
export function manifestArchitecture(file: string, dict: StateDict, { architecture, config }: Manifest): Architecture {
  const options = config as ModelOptions;
  let fit: Fit;
  try {
    fit = fitOf(createModel(architecture, options), dict);
  } catch (cause) {
    throw new CommandError(`${file}: its manifest asks for ${architecture} ${JSON.stringify(config)}. ${(cause as Error).message}`, {
      cause,
    });
  }
  if (fit.faults > 0)
    throw new CommandError(`${file}: its manifest says ${architecture}, but ${describeFit(fit)}. Say which it is with --model.`);
  return { name: architecture, options, alike: [] };
}

/** `resnet20_cifar`, with what it was given beside its name: `resnet20_cifar (shortcut B)`. */
export function describeArchitecture({ name, options }: Architecture): string {
  const given = Object.entries(options).map(([option, value]) => `${option} ${value}`);
  return given.length > 0 ? `${name} (${given.join(', ')})` : name;
}

interface Candidate {
  readonly name: string;
  readonly options: ModelOptions;
  readonly fit: Fit;
}

/** A network with the options under which it comes nearest to these parameters. */
function nearestOf(name: string, dict: StateDict): Candidate {
  const own = createModel(name);
  const asPublished = { name, options: {}, fit: fitOf(own, dict) };
  if (!couldFit(asPublished.fit)) return asPublished;
  const sizes = sizesUnlike(own, dict);
  const variants = ([{}, { shortcut: 'A' }, { shortcut: 'B' }, { shortcut: 'C' }] as const).flatMap((shortcut) => {
    const options = { ...sizes, ...shortcut };
    const model = build(name, options);
    return model ? [{ name, options, fit: fitOf(model, dict) }] : [];
  });
  return variants.find(({ fit }) => fit.faults === 0) ?? variants[0] ?? asPublished;
}

/** Options change sizes and the projections of shortcuts, but no other names. */
const couldFit = ({ faults, missing, unexpected }: Fit): boolean =>
  faults > 0 && [...missing, ...unexpected].every((parameter) => parameter.includes('.downsample.'));

/** The classes and channels of the weights, where they are not the network's own. */
function sizesUnlike(model: Module, dict: StateDict): ModelOptions {
  const [own, stored] = [sizesOf(parameters(model).values()), sizesOf(dict.values())];
  return {
    ...(stored.classes !== undefined && stored.classes !== own.classes && { classes: stored.classes }),
    ...(stored.channels !== undefined && stored.channels !== own.channels && { channels: stored.channels }),
  };
}

/** The first convolution tells the image's channels, the last matrix the number of classes. */
function sizesOf(tensors: Iterable<{ readonly shape: readonly number[] }>): { channels: number | undefined; classes: number | undefined } {
  const shapes = Array.from(tensors, ({ shape }) => shape);
  return {
    channels: shapes.find((shape) => shape.length === 4)?.[1],
    classes: shapes.findLast((shape) => shape.length === 2)?.[0],
  };
}

/** Not every network has every option, or can be built with every number of channels. */
function build(name: string, options: ModelOptions): Module | undefined {
  try {
    return createModel(name, options);
  } catch {
    return undefined;
  }
}

/** A plain network that is given shortcuts is the residual one. */
const isSame = (a: Candidate, b: Candidate): boolean => JSON.stringify(configOf(a)) === JSON.stringify(configOf(b));

const configOf = ({ name, options }: Candidate): readonly unknown[] =>
  Object.entries(createModel(name, options).config).sort(([a], [b]) => (a < b ? -1 : 1));
