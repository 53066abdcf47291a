import type { Backbone } from './backbone.ts';

/** One named network of a family. */
export interface Variant<C> {
  readonly config: C;
  /** Published accuracy in percent, with whose number it is. */
  readonly accuracy?: { readonly top1: number; readonly source: string };
  /** Height and width it was published for, where they are not its family's. */
  readonly inputSize?: number;
}

/** Networks that one function builds from one kind of config. */
export interface Family<C = never> {
  readonly build: (config: C) => Backbone;
  readonly variants: Readonly<Record<string, Variant<C>>>;
  /** Height and width the variants were published for. */
  readonly inputSize: number;
  readonly paper: string;
  /** The options that `createModel` may override, by name, beside `classes` and `channels`. */
  readonly options: readonly (keyof C & string)[];
}

/** Keeps a family's config type inside it, so that families of different configs can share a table. */
export const family = <C>(f: Family<C>): Family => f as unknown as Family;
