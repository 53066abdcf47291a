import { type CheckpointSource, createManifest, embeddedManifest, type Manifest, withSource } from '@resnetjs/weights';
import { NetworkError } from '../network-error.ts';
import { recognizeOnnx } from '../recognize/recognize-onnx.ts';
import type { ReadSourceOptions, SourceCheckpoint } from './read-source.ts';

/** Protobuf's own limit, which an ONNX file cannot pass. */
const MOST_BYTES = 2 ** 31 - 1;
/** Of a file beside it; the largest network of the zoo has 4 GB. */
const MOST_EXTERNAL_BYTES = 2 ** 33;

/** Whether a source is an ONNX file: by its name, or, where it has none, by its first field, which is the format's version. */
export async function isOnnx(source: CheckpointSource): Promise<boolean> {
  const name = typeof source === 'string' || source instanceof URL ? String(source) : (source as { readonly name?: string }).name;
  if (name !== undefined) return /\.onnx([?#].*)?$/i.test(name);
  return withSource(source, {}, async (opened) => {
    const [tag, version = 0] = opened.sizeBytes > 1 ? await opened.read(0, 2) : [];
    return tag === 0x08 && version >= 3 && version < 32;
  });
}

/**
 * Reads an ONNX file into the network of the zoo that its graph is of. Nothing in it is run.
 *
 * @throws NetworkError, OnnxError or CheckpointError saying what it is instead.
 */
export async function readOnnxSource(source: CheckpointSource, options: ReadSourceOptions): Promise<Omit<SourceCheckpoint, 'sourceName'>> {
  const name = nameOf(source);
  try {
    return await read(source, name, options);
  } catch (cause) {
    const { message, name: kind } = cause as Error;
    if (kind !== 'OnnxError' && !(cause instanceof NetworkError)) throw cause;
    throw new NetworkError(`${name}: ${message}`, { cause, ...(cause instanceof NetworkError && { candidates: cause.candidates }) });
  }
}

async function read(
  source: CheckpointSource,
  name: string,
  { architecture, manifest: given, onProgress, signal }: ReadSourceOptions,
): Promise<Omit<SourceCheckpoint, 'sourceName'>> {
  const { readOnnx } = await import('@resnetjs/onnx');
  const whole = (place: CheckpointSource, mostBytes: number): Promise<Uint8Array> =>
    withSource(place, { ...(signal && { signal }) }, async ({ sizeBytes, read, name: file }) => {
      if (sizeBytes > mostBytes) throw new NetworkError(`${file} has ${sizeBytes} bytes; at most ${mostBytes} are read.`);
      const bytes = await read(0, sizeBytes);
      onProgress?.({ stage: 'read', name: file, doneBytes: sizeBytes, totalBytes: sizeBytes });
      return bytes;
    });
  const bytes = await whole(source, MOST_BYTES);
  const isPlace = typeof source === 'string' || source instanceof URL;
  const file = readOnnx(bytes, {
    ...(isPlace && { external: (location: string) => whole(beside(String(source), location), MOST_EXTERNAL_BYTES) }),
  });
  const own = given ?? embeddedManifest(file.metadata, name);
  const { architecture: found, stateDict, notes } = await recognizeOnnx(file, { architecture, manifest: own });
  const manifest: Manifest = {
    ...(own ?? createManifest({ architecture: found.name })),
    architecture: found.name,
    config: { ...found.options },
  };
  return { format: 'onnx', manifest, stateDict, integers: new Map(), prefix: '', keyMap: undefined, extras: new Map(file.metadata), notes };
}

/** For messages. */
const nameOf = (source: CheckpointSource): string =>
  typeof source === 'string' || source instanceof URL ? String(source) : ((source as { readonly name?: string }).name ?? 'the ONNX file');

/** The address or path of a file in the same folder. */
const beside = (place: string, name: string): string =>
  /^[a-z]+:\/\//i.test(place) ? new URL(encodeURIComponent(name), place).href : place.replace(/[^/\\]*$/, () => name);
