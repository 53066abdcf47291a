import { DatasetError } from './dataset-error.ts';

/** Unpacks gzip with the platform's own inflater. @throws DatasetError if it is broken or unpacks to more than `maxBytes`. */
export async function gunzip(bytes: Uint8Array, { name, maxBytes }: { name: string; maxBytes: number }): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'));
  try {
    for (let reader = stream.getReader(), step = await reader.read(); !step.done; step = await reader.read()) {
      length += step.value.length;
      if (length > maxBytes) {
        await reader.cancel();
        break;
      }
      chunks.push(step.value);
    }
  } catch (error) {
    throw new DatasetError(`${name}: the gzip is broken or truncated (${(error as Error).message}). Get it again.`, { cause: error });
  }
  if (length > maxBytes) throw new DatasetError(`${name}: unpacks to more than the ${maxBytes} bytes allowed.`);
  const out = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
