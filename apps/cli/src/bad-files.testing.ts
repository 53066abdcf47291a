import { strToU8, zipSync } from 'fflate';

/** A safetensors file: the header's length, its JSON, its data; each may lie. */
export function safetensors(header: unknown, { data = 0, headerLength }: { data?: number; headerLength?: number } = {}): Uint8Array {
  const json = typeof header === 'string' ? strToU8(header) : strToU8(JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + data);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength ?? json.length), true);
  file.set(json, 8);
  return file;
}

/** A header entry of float32s. */
export const entry = (shape: readonly number[], begin: number, end: number) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

/** A PyTorch zip archive around this pickle. */
export const torchZip = (pickle: Uint8Array, name = 'archive/data.pkl'): Uint8Array =>
  zipSync({ [name]: [pickle, { level: 0 }], 'archive/version': [strToU8('3\n'), { level: 0 }] });

/** A pickle that calls `os.system(command)` when it is executed. */
export const pickleThatRuns = (command: string): Uint8Array => {
  const text = strToU8(command);
  return concat([0x80, 2], strToU8('cos\nsystem\n'), [0x58, text.length, 0, 0, 0], text, [0x85, 0x52, 0x2e]);
};

/** A pickle that builds an object of a class of its own. */
export const pickleOfClass = (): Uint8Array => concat([0x80, 2], strToU8('cevil\nModel\n'), [0x29, 0x81, 0x2e]);

/** A zip archive that unpacks to a thousand times its size. */
export const zipBomb = (): Uint8Array => zipSync({ 'archive/data.pkl': new Uint8Array(32 * 2 ** 20) });

const concat = (...parts: readonly ArrayLike<number>[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => Array.from(part)));
