import { ConfigError, checkpointBlocks, initialize, summarize } from '@resnetjs/core';
import { closest } from 'fastest-levenshtein';
import type { Backbone } from './backbone.ts';
import { families } from './families.ts';
import type { Family, Variant } from './family.ts';
import type { ResNetConfig } from './resnet.ts';

/** An option that is undefined is one that is not given. */
type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** What a named network can be given beside its name. Not every family has every option; those that lack one say so. */
export interface ModelOptions extends Loose<Omit<ResNetConfig, 'block' | 'layers'>> {
  /**
   * Trains in less memory and more time: keeps what enters every block, or every n-th, and runs the blocks again in the
   * backward pass.
   */
  readonly gradientCheckpointing?: boolean | number;
  /** Gives the parameters their first values at once; without it the model takes no memory until it is given weights. */
  readonly seed?: number;
}

/** Facts about a named network. */
export interface ModelInfo {
  readonly name: string;
  /** Height and width it was published for. */
  readonly inputSize: number;
  readonly classes: number;
  readonly params: number;
  /** Multiply-accumulates for one image of `inputSize`. */
  readonly macs: number;
  readonly paper: string;
  /** Published accuracy in percent, with whose number it is; absent where none was published. */
  readonly accuracy?: { readonly top1: number; readonly source: string };
}

/**
 * Names of the networks, in the families' order.
 *
 * @param filter with `*` for any characters: `resnet*`, `*_cifar`
 */
export function listModels(filter = '*'): string[] {
  const pattern = new RegExp(`^${filter.split('*').map(escapeRegExp).join('.*')}$`);
  return families.flatMap(({ variants }) => Object.keys(variants)).filter((name) => pattern.test(name));
}

const escapeRegExp = (text: string) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

/**
 * Builds a network by name.
 *
 * @throws ConfigError for an unknown name (with the nearest one), an option the network does not have, or one it cannot be built with.
 */
export function createModel(name: string, options: ModelOptions = {}): Backbone {
  const { seed, gradientCheckpointing = false, ...given } = options;
  const overrides = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const { build, variants, options: extra } = familyOf(name);
  const allowed = ['classes', 'channels', 'removedBlocks', ...extra] as readonly string[];
  const unknown = Object.keys(overrides).filter((option) => !allowed.includes(option));
  if (unknown.length)
    throw new ConfigError(
      `${name} has no option ${unknown.map((u) => `'${u}'`).join(', ')}. It takes ${[...allowed, 'gradientCheckpointing', 'seed'].join(', ')}.`,
    );
  const model = build({ ...(variants[name] as Variant<object>).config, ...overrides } as never);
  if (gradientCheckpointing !== false) checkpointBlocks(model, { every: gradientCheckpointing === true ? 1 : gradientCheckpointing });
  if (seed !== undefined) initialize(model, { seed });
  return model;
}

/**
 * What is known of a network; parameters and multiply-accumulates are counted, not quoted.
 *
 * @throws ConfigError for an unknown name, with the nearest one.
 */
export function modelInfo(name: string): ModelInfo {
  const { inputSize: usual, paper, variants } = familyOf(name);
  const { accuracy, inputSize = usual } = variants[name] as Variant<object>;
  const { params, macs, rows } = summarize(createModel(name), [1, inputSize, inputSize, 3]);
  return { name, inputSize, classes: rows[0]?.outputShape[1] ?? 0, params, macs, paper, ...(accuracy && { accuracy }) };
}

function familyOf(name: string): Family {
  const found = families.find(({ variants }) => Object.hasOwn(variants, name));
  if (!found)
    throw new ConfigError(
      `There is no model '${name}'. Did you mean '${closest(name, listModels())}'? listModels() has all ${listModels().length}.`,
    );
  return found;
}
