import { ConfigError } from '@resnetjs/core';
import { closest } from 'fastest-levenshtein';

/** What is wrong with one entry of a config; nothing if it is well. */
export type Fault = string | undefined;

const show = (value: unknown): string => JSON.stringify(value) ?? String(value);

/** A whole number from `least` on. */
export const wholeNumber = (name: string, value: unknown, least = 1): Fault =>
  Number.isInteger(value) && (value as number) >= least
    ? undefined
    : `'${name}' must be a whole number from ${least} but is ${show(value)}`;

/** A probability, or another share of a whole. */
export const share = (name: string, value: unknown): Fault =>
  typeof value === 'number' && value >= 0 && value <= 1 ? undefined : `'${name}' must be a number from 0 to 1 but is ${show(value)}`;

export const oneOf = (name: string, value: unknown, allowed: readonly unknown[]): Fault =>
  allowed.includes(value) ? undefined : `'${name}' must be ${allowed.map(show).join(' or ')} but is ${show(value)}`;

/** The names in a config that its family does not know: a typing error in JSON would pass for a default otherwise. */
export const unknownNames = (config: object, known: readonly string[]): Fault[] =>
  Object.keys(config)
    .filter((name) => !known.includes(name))
    .map((name) => `'${name}' is not known; did you mean '${closest(name, known as string[])}'?`);

/** @throws ConfigError with all faults at once, if there are any. */
export function refuse(what: string, faults: readonly Fault[]): void {
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length) throw new ConfigError(`${what} cannot be built: ${found.join('; ')}.`);
}
