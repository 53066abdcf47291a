import { createHash } from 'node:crypto';
import { ClusterError } from '../cluster-error.ts';
import type { StoredFile } from '../storage/storage.ts';

/** What of each image is wanted. */
export interface Wanted {
  /** So many of the most probable classes. */
  readonly top?: number | undefined;
  /** Embeddings instead. */
  readonly embeddings?: boolean | undefined;
}

/** Who computes: two that are the same give the same bytes. */
export interface Version {
  /** Of these packages. */
  readonly software: string;
  /** Of the network's outputs for a given image, to the last bit: it tells one engine's rounding from another's. */
  readonly rounding: string;
}

/** All that the result of a job depends on. */
export interface Job {
  readonly source: string;
  readonly images: readonly StoredFile[];
  /** SHA-256 of the packed network. */
  readonly network: string;
  readonly wanted: Wanted;
  readonly version: Version;
}

/** The job's name, and its result's: a hash of all that the result depends on. */
export const jobId = (job: Job): string => createHash('sha256').update(written(job)).digest('hex').slice(0, 40);

/** What a job is called in the queue: its results may be wanted in two places. */
export const queuedId = (job: string, out: string): string => `${job}.${createHash('sha256').update(out).digest('hex').slice(0, 8)}`;

/** The job that is meant. */
export const ofQueued = (queued: string): string => queued.split('.')[0] as string;

/** Where things are in the destination. */
export const resultName = (id: string): string => `results/${id}.jsonl`;
export const jobName = (id: string): string => `jobs/${id}.json`;
export const networkName = (hash: string): string => `networks/${hash}.safetensors`;

/** A job as JSON: always the same bytes for the same job. */
export const written = ({ source, images, network, wanted, version }: Job): string =>
  JSON.stringify({
    format: 1,
    source,
    network,
    wanted: wanted.embeddings ? { embeddings: true } : { top: wanted.top },
    version: { software: version.software, rounding: version.rounding },
    images: images.map(({ name, sizeBytes, etag }) => [name, sizeBytes, etag]),
  });

/** Reads what {@link written} wrote. @throws ClusterError if it is not of the name that it should have. */
export function readJob(id: string, contents: Uint8Array): Job {
  const text = Buffer.from(contents).toString('utf8');
  const { images, ...rest } = JSON.parse(text) as Omit<Job, 'images'> & { images: [string, number, string][] };
  const job = { ...rest, images: images.map(([name, sizeBytes, etag]) => ({ name, sizeBytes, etag })) };
  const own = jobId(job);
  if (own !== id) throw new ClusterError(`job ${id}: its file says that it is ${own}. Remove ${jobName(id)} and start predict again.`);
  return job;
}
