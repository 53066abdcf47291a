import * as tf from '@tensorflow/tfjs-core';
import type { Ability, BackendName, Candidate, Started } from './backend-name.ts';

/** What is known of a backend after it was considered. */
export interface Considered {
  readonly backend: BackendName;
  /** Whether it starts here; undefined where it was not tried. */
  readonly works: boolean | undefined;
  /** What it is if it works, and why it was not chosen if it was not. */
  readonly reason: string;
  /** A GPU that is a program on the CPU. */
  readonly software?: true;
}

const ABILITIES: Readonly<Record<Ability, string>> = { gpu: 'a GPU', threads: 'several threads', float32: '32-bit numbers' };

/** The words for what of the requirements a backend lacks; undefined if it has all. */
export function lacks({ abilities }: Started, required: readonly Ability[]): string | undefined {
  const missing = required.filter((ability) => !abilities.includes(ability));
  return missing.length > 0 ? `it has not ${missing.map((ability) => ABILITIES[ability]).join(' and ')}` : undefined;
}

/** Whether tfjs runs this backend already: what is on it is somebody's. */
const runs = ({ registered }: Candidate): boolean => registered in tf.engine().registry;

/**
 * Starts a backend, and stops it again if there is something against it: even nothing that words are needed for, `''`.
 *
 * @returns what was found, and the backend if it was kept.
 */
export async function tryOut(
  candidate: Candidate,
  objection: (started: Started) => string | undefined,
): Promise<{ considered: Considered; started?: Started }> {
  const { backend } = candidate;
  const before = { name: currentBackend(), ran: runs(candidate) };
  try {
    const started = await candidate.start();
    const against = objection(started);
    const software = started.software && { software: true as const };
    if (against === undefined) return { considered: { backend, works: true, reason: started.description, ...software }, started };
    if (!before.ran) started.dispose();
    if (before.name) await tf.setBackend(before.name);
    return { considered: { backend, works: true, reason: [started.description, against].filter(Boolean).join('; '), ...software } };
  } catch (error) {
    return { considered: { backend, works: false, reason: error instanceof Error ? error.message : String(error) } };
  }
}

const currentBackend = (): string | undefined => tf.engine().backendName || undefined;
