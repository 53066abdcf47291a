import * as v from 'valibot';
import { RequestFault } from '../request-fault.ts';
import { parseJson } from './image-bytes.ts';
import type { SentTensor } from './tensors.ts';

const side = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(2 ** 31));
const parameters = v.optional(v.record(v.string(), v.unknown()));
const schema = v.object({
  id: v.optional(v.string()),
  parameters,
  inputs: v.pipe(
    v.array(
      v.object({
        name: v.string(),
        datatype: v.string(),
        shape: v.pipe(v.array(side), v.maxLength(8)),
        parameters,
        data: v.optional(v.unknown()),
      }),
    ),
    v.minLength(1),
    v.maxLength(16),
  ),
  outputs: v.optional(v.pipe(v.array(v.object({ name: v.string(), parameters })), v.maxLength(16))),
});

/** An output that is asked for. */
export interface WantedOutput {
  readonly name: string;
  readonly isBinary: boolean;
  /** Of the classification extension: so many of the largest values, in words. */
  readonly classification: number | undefined;
}

export interface InferRequest {
  readonly id: string | undefined;
  readonly inputs: readonly SentTensor[];
  /** `undefined`: all that there are. */
  readonly outputs: readonly WantedOutput[] | undefined;
  /** What is not said for an output by itself. */
  readonly isBinary: boolean;
}

/** Reads what the Open Inference Protocol sends, with its binary tensor data. @throws RequestFault naming what is not as it has it. */
export function readInferRequest(body: Uint8Array, jsonBytes = body.byteLength): InferRequest {
  if (jsonBytes > body.byteLength)
    throw new RequestFault(400, `Inference-Header-Content-Length is ${jsonBytes}, but the body has ${body.byteLength} bytes.`);
  const parsed = v.safeParse(schema, parseJson(body.subarray(0, jsonBytes)));
  if (!parsed.success) {
    const faults = parsed.issues.slice(0, 5).map((issue) => `${v.getDotPath(issue) ?? 'the body'}: ${issue.message}`);
    throw new RequestFault(400, `not a request of the Open Inference Protocol: ${faults.join('; ')}.`);
  }
  const { id, parameters = {}, inputs, outputs } = parsed.output;
  const isBinary = flag(parameters, 'binary_data_output') ?? false;
  let at = jsonBytes;
  const sent = inputs.map(({ parameters = {}, ...input }): SentTensor => {
    const size = whole(parameters, 'binary_data_size', input.name);
    if (size === undefined) return input;
    if (input.data !== undefined) throw new RequestFault(400, `${input.name}: has both "data" and binary_data_size; expected one of them.`);
    if (at + size > body.byteLength)
      throw new RequestFault(400, `${input.name}: binary_data_size is ${size}, but ${body.byteLength - at} bytes are left of the body.`);
    at += size;
    return { ...input, binary: body.subarray(at - size, at) };
  });
  if (at !== body.byteLength)
    throw new RequestFault(400, `${body.byteLength - at} bytes behind the JSON belong to no input: each says its binary_data_size.`);
  return {
    id,
    inputs: sent,
    isBinary,
    outputs: outputs?.map(({ name, parameters = {} }) => ({
      name,
      isBinary: flag(parameters, 'binary_data') ?? isBinary,
      classification: whole(parameters, 'classification', name),
    })),
  };
}

function flag(parameters: Readonly<Record<string, unknown>>, key: string): boolean | undefined {
  const value = parameters[key];
  if (value === undefined || typeof value === 'boolean') return value;
  throw new RequestFault(400, `${key}: expected true or false.`);
}

function whole(parameters: Readonly<Record<string, unknown>>, key: string, name: string): number | undefined {
  const value = parameters[key];
  if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)) return value;
  throw new RequestFault(400, `${name}: ${key}: expected a whole number from 0.`);
}
