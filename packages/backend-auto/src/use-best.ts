import { candidates } from '#platform';
import { BackendError } from './backend-error.ts';
import type { Ability, BackendName, Candidate, Started } from './backend-name.ts';
import { type Considered, lacks, probe } from './probe.ts';

export interface BestOptions {
  /** Tried first, in this order; the rest follow in theirs. */
  readonly prefer?: readonly BackendName[];
  /** What the backend must have. */
  readonly require?: readonly Ability[];
}

/** What was chosen, and what is to be said for and against each. */
export interface Choice {
  readonly chosen: BackendName;
  /** What it is, in words: `2 threads, SIMD`. */
  readonly description: string;
  readonly considered: readonly Considered[];
  /** Frees the backend and every tensor on it. */
  dispose(): void;
}

/**
 * Makes the best backend that works here tfjs' current one: a CUDA GPU, a GPU by WebGPU, libtensorflow, WebAssembly,
 * WebGL, plain JavaScript, in this order. A GPU that is a program on the CPU comes last, unless it is preferred.
 *
 * Only backends that are installed can be chosen; those after the chosen one are not tried.
 *
 * @throws BackendError with the reason against each if none does what is required.
 */
export function useBest(options: BestOptions = {}): Promise<Choice> {
  return chooseFrom(candidates, options);
}

/**
 * Makes this one backend tfjs' current one.
 *
 * @throws BackendError with the reason if it does not work here.
 */
export function useBackend(name: BackendName): Promise<Choice> {
  return chooseFrom(
    candidates.filter(({ backend }) => backend === name),
    { prefer: [name] },
  );
}

/** The same among given candidates. */
export async function chooseFrom(all: readonly Candidate[], { prefer = [], require = [] }: BestOptions = {}): Promise<Choice> {
  const unknown = prefer.filter((name) => !all.some(({ backend }) => backend === name));
  const preferred = prefer.flatMap((name) => all.filter(({ backend }) => backend === name));
  const order = [...new Set([...preferred, ...all])];
  const considered: Considered[] = unknown.map((backend) => ({
    backend,
    works: false,
    reason: 'there is no such backend on this platform',
  }));

  const attempt = async (candidate: Candidate, softwareToo: boolean): Promise<Started | undefined> => {
    const against = (started: Started) =>
      lacks(started, require) ?? (started.software && !softwareToo ? 'a GPU in software is slower than WebAssembly' : undefined);
    const { considered: found, started } = await probe(candidate, against);
    const place = considered.findIndex(({ backend }) => backend === candidate.backend);
    considered.splice(place < 0 ? considered.length : place, place < 0 ? 0 : 1, found);
    return started;
  };

  for (const softwareToo of [false, true])
    for (const candidate of order) {
      if (softwareToo && !considered.some(({ backend, works }) => backend === candidate.backend && works)) continue;
      const started = await attempt(candidate, softwareToo || preferred.includes(candidate));
      if (!started) continue;
      const { backend: chosen } = candidate;
      const rest = order.filter(({ backend }) => !considered.some((known) => known.backend === backend));
      for (const { backend } of rest) considered.push({ backend, works: undefined, reason: `not tried: ${chosen} comes first and works` });
      return { chosen, description: started.description, considered, dispose: () => started.dispose() };
    }
  const reasons = considered.map(({ backend, reason }) => `\n  ${backend}: ${reason}`).join('');
  const wanted = require.length > 0 ? ` that has ${require.join(', ')}` : '';
  throw new BackendError(`No backend${wanted} works here.${reasons}`, considered);
}
