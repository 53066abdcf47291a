import { nodeModule } from './node-modules.ts';
import { type ByteSource, readRange } from './sources/byte-source.ts';

/** SHA-256 of bytes that come in pieces. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** 64 hexadecimal digits; nothing can be added after. */
  hex(): string;
}

/** Node's own where there is one; `crypto.subtle` cannot take pieces, so browsers get a JavaScript one. */
export async function createSha256(): Promise<Sha256> {
  const native = nodeModule('node:crypto')?.createHash('sha256');
  if (native) return { update: (bytes) => void native.update(bytes), hex: () => native.digest('hex') };
  const { sha256 } = await import('@noble/hashes/sha2.js');
  const portable = sha256.create();
  return {
    update: (bytes) => void portable.update(bytes),
    hex: () => Array.from(portable.digest(), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  };
}

/** SHA-256 of a whole source, read in pieces. */
export async function hashSource(source: ByteSource, pieceBytes = 8 * 2 ** 20): Promise<string> {
  const hash = await createSha256();
  for (let at = 0; at < source.sizeBytes; at += pieceBytes)
    hash.update(await readRange(source, at, Math.min(at + pieceBytes, source.sizeBytes)));
  return hash.hex();
}
