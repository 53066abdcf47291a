import { RequestFault } from '../request-fault.ts';
import type { InferRequest, WantedOutput } from './infer-request.ts';
import type { Results } from './protocol.ts';

/** A result: rows of numbers. */
export interface OutputTensor {
  readonly shape: readonly [rows: number, columns: number];
  readonly data: Float32Array;
}

/** Writes the answer of the Open Inference Protocol: JSON, and behind it what was asked for in binary. */
export function writeInferResponse(
  { id, outputs, isBinary }: InferRequest,
  model: { readonly name: string; readonly version: string },
  tensors: ReadonlyMap<string, OutputTensor>,
  labels: readonly string[] | undefined,
): Results['infer'] {
  const wanted = outputs ?? [...tensors.keys()].map((name): WantedOutput => ({ name, isBinary, classification: undefined }));
  const blobs: Uint8Array[] = [];
  const written = wanted.map(({ name, isBinary, classification }) => {
    const tensor = tensors.get(name) as OutputTensor;
    const { datatype, shape, data } = classification ? classes(tensor, classification, labels) : { datatype: 'FP32', ...tensor };
    if (!isBinary) return { name, datatype, shape, data: inJson(data, name) };
    const blob = data instanceof Float32Array ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : withLengths(data);
    blobs.push(blob);
    return { name, datatype, shape, parameters: { binary_data_size: blob.byteLength } };
  });
  const json = new TextEncoder().encode(
    JSON.stringify({ model_name: model.name, model_version: model.version, ...(id !== undefined && { id }), outputs: written }),
  );
  if (!wanted.some((output) => output.isBinary)) return { body: json };
  return { body: new Uint8Array(Buffer.concat([json, ...blobs])), jsonBytes: json.byteLength };
}

function inJson(data: Float32Array | readonly string[], name: string): number[] | readonly string[] {
  if (!(data instanceof Float32Array)) return data;
  if (!data.every(Number.isFinite))
    throw new RequestFault(
      422,
      `${name}: has values that are not finite, which JSON cannot say. Ask for binary data, or look at the input.`,
    );
  return Array.from(data);
}

/** Triton's classification extension: `0.75:281:tabby`. */
function classes({ shape: [rows, columns], data }: OutputTensor, count: number, labels: readonly string[] | undefined) {
  const length = Math.min(count, columns);
  const strings: string[] = [];
  for (let row = 0; row < rows; row++) {
    const values = data.subarray(row * columns, (row + 1) * columns);
    const order = Array.from(values.keys()).sort((a, b) => (values[b] as number) - (values[a] as number));
    for (const index of order.slice(0, length)) strings.push([values[index], index, ...(labels?.[index] ? [labels[index]] : [])].join(':'));
  }
  return { datatype: 'BYTES', shape: [rows, length], data: strings };
}

function withLengths(strings: readonly string[]): Uint8Array {
  return Buffer.concat(
    strings.flatMap((text) => {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.byteLength);
      return [length, bytes];
    }),
  );
}
