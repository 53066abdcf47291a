import { RequestFault } from '../request-fault.ts';

/** A tensor of the Open Inference Protocol as a request holds it. */
export interface SentTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  /** JSON's, flat or nested. */
  readonly data?: unknown;
  /** What stands behind the JSON. */
  readonly binary?: Uint8Array | undefined;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** @throws RequestFault if they are not as many numbers as the shape says. */
export function floatsOf({ name, shape, data, binary }: SentTensor): Float32Array {
  const size = sizeOf(shape);
  if (binary) {
    if (binary.byteLength !== size * 4)
      throw new RequestFault(
        400,
        `${name}: expected ${size * 4} bytes of FP32 for ${words(shape)}, but binary_data_size is ${binary.byteLength}.`,
      );
    return new Float32Array(Uint8Array.from(binary).buffer); // copied: it may begin at any byte
  }
  const values = flat(data, name, (value): value is number => typeof value === 'number' && Number.isFinite(value), 'a number');
  if (values.length !== size)
    throw new RequestFault(400, `${name}: expected ${size} numbers for ${words(shape)}, but ${values.length} came.`);
  return Float32Array.from(values);
}

/** Byte strings: in JSON as text, in binary each behind its length. @throws RequestFault */
export function stringsOf({ name, shape, data, binary }: SentTensor): (string | Uint8Array)[] {
  const size = sizeOf(shape);
  let values: (string | Uint8Array)[] = [];
  if (binary) {
    const view = new DataView(binary.buffer, binary.byteOffset, binary.byteLength);
    for (let at = 0; at < binary.byteLength; ) {
      const length = at + 4 <= binary.byteLength ? view.getUint32(at, true) : Number.POSITIVE_INFINITY;
      if (at + 4 + length > binary.byteLength)
        throw new RequestFault(
          400,
          `${name}: an element of BYTES ends behind the tensor: each is its length in 4 bytes, little-endian, then so many bytes.`,
        );
      values.push(binary.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
  } else values = flat(data, name, (value): value is string => typeof value === 'string', 'a string');
  if (values.length !== size)
    throw new RequestFault(400, `${name}: expected ${size} elements for ${words(shape)}, but ${values.length} came.`);
  return values;
}

export const words = (shape: readonly number[]): string => `[${shape.join(',')}]`;

const MOST_DEEP = 16;

/** Lays flat what is nested. Nothing is made as large as a shape says before as much has come. */
function flat<T>(data: unknown, name: string, isOne: (value: unknown) => value is T, what: string): T[] {
  if (!Array.isArray(data)) throw new RequestFault(400, `${name}: expected "data", a list, or binary data.`);
  const values: T[] = [];
  const walk = (list: readonly unknown[], depth: number): void => {
    for (const value of list) {
      if (isOne(value)) values.push(value);
      else if (Array.isArray(value) && depth < MOST_DEEP) walk(value, depth + 1);
      else throw new RequestFault(400, `${name}: expected every element of "data" to be ${what}, but element ${values.length} is not.`);
    }
  };
  walk(data, 0);
  return values;
}
