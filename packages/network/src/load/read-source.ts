import {
  type ByteSource,
  type Checkpoint,
  CheckpointError,
  type CheckpointFormat,
  type CheckpointSource,
  fromPretrained,
  type LoadCheckpointOptions,
  loadCheckpoint,
} from '@resnetjs/weights';
import { PUBLISHED_NAMES, publishedWeights } from '@resnetjs/zoo';
import { closest, distance } from 'fastest-levenshtein';
import { NetworkError } from '../network-error.ts';
import { isOnnx, readOnnxSource } from './read-onnx-source.ts';
import { type SourceKind, sourceKind } from './source-kind.ts';

/** How much of which file is there. */
export interface LoadProgress {
  /** `download` from the hub, or `read` from where it is. */
  readonly stage: 'download' | 'read';
  readonly name: string;
  readonly doneBytes: number;
  /** `null` where the server does not say. */
  readonly totalBytes: number | null;
}

export interface ReadSourceOptions extends Pick<LoadCheckpointOptions, 'keyMap' | 'stateDictKey' | 'manifest'> {
  /** Which network of the zoo an ONNX file is of, if its graph alone does not tell. */
  readonly architecture?: string | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** `true` asks nobody: what is not cached is an error. Default: whether `HF_HUB_OFFLINE` is set. */
  readonly offline?: boolean | undefined;
  /** Where repositories are. Default `HF_ENDPOINT`, else the Hugging Face hub. */
  readonly hub?: string | undefined;
  /** For repositories that are private or gated. Default `HF_TOKEN`. */
  readonly accessToken?: string | undefined;
  /** Where downloads are kept: a folder in Node, a cache's name in a browser. */
  readonly cache?: string | undefined;
  /** Weights that are at hand under a network's name, and without any. */
  readonly shipped?: { readonly name: string; readonly source: CheckpointSource } | undefined;
}

/** A network's own name, a repository (`owner/name`, `owner/name@revision`), a path, an address, a file or its bytes. */
export type NetworkSource = CheckpointSource;

/** A checkpoint, and what to call where it came from. */
export interface SourceCheckpoint extends Omit<Checkpoint, 'format'> {
  readonly format: CheckpointFormat | 'onnx';
  readonly sourceName: string;
}

/**
 * Reads weights from wherever they are. A network's name alone means its best published weights; none at all those that are shipped.
 *
 * @throws NetworkError or CheckpointError naming the source, and what to do.
 */
export async function readSource(source: NetworkSource | undefined, options: ReadSourceOptions = {}): Promise<SourceCheckpoint> {
  const { shipped } = options;
  if (source === undefined) {
    if (!shipped)
      throw new NetworkError('no source: name a network, a repository or a file.', { advice: 'The package resnetjs comes with one.' });
    return { ...(await readFrom(shipped.source, options)), sourceName: shipped.name };
  }
  assertSource(source);
  if (typeof source !== 'string') return { ...(await readFrom(source, options)), sourceName: nameOf(source) };
  const kind = await sourceKind(source);
  if (kind.kind === 'network' && kind.name === shipped?.name) return { ...(await readFrom(shipped.source, options)), sourceName: source };
  if (kind.kind === 'file' || kind.kind === 'url') {
    if (kind.kind === 'url' && options.offline && /^https?:/i.test(source))
      throw new NetworkError(`${source}: offline is set, and addresses are not cached.`, {
        advice: 'Fetch the file once, and give its path.',
      });
    return { ...(await readFrom(kind.place, options).catch((error) => suggest(error, source))), sourceName: source };
  }
  return { ...(await readRepository(kind, options)), sourceName: source };
}

async function readFrom(source: CheckpointSource, options: ReadSourceOptions): Promise<Omit<SourceCheckpoint, 'sourceName'>> {
  if (await isOnnx(source)) return readOnnxSource(source, options);
  const { onProgress, signal, keyMap, stateDictKey, manifest } = options;
  const name = nameOf(source);
  return loadCheckpoint(source, {
    ...(keyMap !== undefined && { keyMap }),
    ...(stateDictKey !== undefined && { stateDictKey }),
    ...(manifest && { manifest }),
    ...(signal && { signal }),
    ...(onProgress && { onProgress: (progress) => onProgress({ stage: 'read', name, ...progress }) }),
  });
}

function readRepository(kind: Extract<SourceKind, { kind: 'repository' | 'network' }>, options: ReadSourceOptions): Promise<Checkpoint> {
  const { onProgress, signal, offline, hub, accessToken, cache, keyMap, manifest } = options;
  return fromPretrained(kind.kind === 'network' ? repositoryOf(kind.name) : kind.id, {
    ...(keyMap !== undefined && { keyMap }),
    ...(manifest && { manifest }),
    ...(signal && { signal }),
    ...(offline !== undefined && { offline }),
    ...(hub !== undefined && { baseUrl: hub }),
    ...(accessToken !== undefined && { accessToken }),
    ...(cache !== undefined && { cache }),
    ...(onProgress && { onProgress: ({ file, ...progress }) => onProgress({ stage: 'download', name: file, ...progress }) }),
  });
}

function repositoryOf(name: string): string {
  const published = publishedWeights(name);
  if (published) return published.repository;
  throw new NetworkError(`${name}: no weights of it are published that this knows.`, {
    advice: `Give a file or a repository, or one of the ${PUBLISHED_NAMES.length} names that have some, such as ${closest(name, [...PUBLISHED_NAMES])}.`,
  });
}

/** What a user of JavaScript may give all the same. */
function assertSource(source: unknown): void {
  const isReadable = typeof (source as Partial<ByteSource> | null)?.read === 'function';
  const kinds = [URL, Blob, Uint8Array, ArrayBuffer];
  if (isReadable || kinds.some((kind) => source instanceof kind) || (typeof source === 'string' && source.trim() !== '')) return;
  throw new NetworkError(
    `source: expected a name, a path, a URL, a Blob or bytes, but received ${JSON.stringify(source) ?? typeof source}.`,
    {
      advice: "Try 'resnet50'.",
    },
  );
}

/** A word that is no file was perhaps meant to be a network's name. */
function suggest(error: Error, source: string): never {
  const isAbsent = error instanceof CheckpointError && error.isAbsent;
  if (/[/\\.]/.test(source) || !isAbsent) throw error;
  const nearest = closest(source, [...PUBLISHED_NAMES]);
  const isNear = distance(source.toLowerCase(), nearest) <= source.length / 2;
  throw new NetworkError(`${source}: there is no such file, and no network of that name.`, {
    cause: error,
    advice: isNear ? `Did you mean ${nearest}?` : `${PUBLISHED_NAMES.length} names can be loaded, such as resnet50.`,
  });
}

/** For messages. */
function nameOf(source: CheckpointSource): string {
  if (typeof source === 'string' || source instanceof URL) return String(source);
  return (source as { readonly name?: string }).name ?? 'the weights';
}
