import * as tf from '@tensorflow/tfjs-core';
import type { Ability, BackendName, Candidate, Started } from './backend-name.ts';

/** What is known of a backend after it was probed. */
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

/** Drivers and policies can make a start wait for ever; the slowest that was seen to end took 10 s. */
const START_MS = 60_000;

/** tfjs' name of the backend that was kept last. */
let kept: string | undefined;

/** Starts a backend; if that takes too long it is given up, and stopped when it comes after all. */
async function startWithin(candidate: Candidate, timeoutMs: number): Promise<Started> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let late = false;
  const starting = candidate.start();
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      late = true;
      reject(new Error(`did not start within ${timeoutMs / 1000} s`));
    }, timeoutMs);
  });
  starting.then(
    async (started) => {
      if (!late) return;
      started.dispose();
      if (kept && kept in tf.engine().registry) await tf.setBackend(kept);
    },
    () => {},
  );
  try {
    return await Promise.race([starting, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Starts a backend, and stops it again if there is something against it: even nothing that words are needed for, `''`.
 *
 * @returns what was found, and the backend if it was kept.
 */
export async function probe(
  candidate: Candidate,
  objection: (started: Started) => string | undefined,
  timeoutMs = START_MS,
): Promise<{ considered: Considered; started?: Started }> {
  const { backend } = candidate;
  const before = { name: currentBackend(), ran: runs(candidate) };
  try {
    const started = await startWithin(candidate, timeoutMs);
    const against = objection(started);
    const software = started.software && { software: true as const };
    if (against === undefined) {
      kept = candidate.registered;
      return { considered: { backend, works: true, reason: started.description, ...software }, started };
    }
    if (!before.ran) started.dispose();
    if (before.name) await tf.setBackend(before.name);
    return { considered: { backend, works: true, reason: [started.description, against].filter(Boolean).join('; '), ...software } };
  } catch (error) {
    if (before.name && before.name in tf.engine().registry) await tf.setBackend(before.name);
    return { considered: { backend, works: false, reason: error instanceof Error ? error.message : String(error) } };
  }
}

const currentBackend = (): string | undefined => tf.engine().backendName || undefined;
