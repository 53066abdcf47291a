import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

interface Codec {
  readonly JPEGDecoder: new () => {
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getDecodedBuffer(): Uint8Array;
  };
}

/** libjpeg-turbo, built to WebAssembly by Cornerstone. */
export async function libjpegTurbo(): Promise<(bytes: Uint8Array) => Promise<Uint8Array>> {
  const require = createRequire(import.meta.url);
  const create = require('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs') as (options: object) => Promise<Codec>;
  const wasmBinary = readFileSync(require.resolve('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm'));
  const { JPEGDecoder } = await create({ wasmBinary });
  const decoder = new JPEGDecoder();
  return async (bytes) => {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    // Out of the memory that the next one is decoded to.
    return new Uint8Array(decoder.getDecodedBuffer());
  };
}
