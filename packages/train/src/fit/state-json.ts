import type { TrainingState } from './snapshot.ts';

// JSON has no NaN and no infinities, but a training that goes wrong has them in its history.
const names = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, '-Infinity': Number.NEGATIVE_INFINITY } as const;

/** A training's state as JSON that reads back to the same numbers, to the last bit. */
export const stateToJson = (state: TrainingState): string =>
  JSON.stringify(state, (_, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? { $number: String(value) } : value));

/** @throws SyntaxError if it is no JSON. */
export const stateFromJson = (json: string): TrainingState =>
  JSON.parse(json, (_, value: unknown) => {
    const name = (value as { $number?: unknown } | null)?.$number;
    return typeof name === 'string' && Object.hasOwn(names, name) ? names[name as keyof typeof names] : value;
  }) as TrainingState;
