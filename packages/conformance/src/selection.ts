import { BACKENDS, type BackendName } from './conformance-case.ts';

/** Which backends a run is about. */
export interface Selection {
  readonly backends: readonly BackendName[];
  /** They were asked for by name: one that cannot start is a failure, not a reason to skip it. */
  readonly asked: boolean;
}

/**
 * Reads `RESNETJS_BACKENDS`: names with commas between; all if it is not set.
 *
 * @throws RangeError naming what is no backend.
 */
export function selection(names: string | undefined): Selection {
  const given = (names ?? '').split(',').flatMap((name) => name.trim() || []);
  const unknown = given.filter((name) => !BACKENDS.includes(name as BackendName));
  if (unknown.length > 0)
    throw new RangeError(`RESNETJS_BACKENDS: no backend is called ${unknown.join(', ')}. There are ${BACKENDS.join(', ')}.`);
  return given.length > 0 ? { backends: given as BackendName[], asked: true } : { backends: BACKENDS, asked: false };
}
