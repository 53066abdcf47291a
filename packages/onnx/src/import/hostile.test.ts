import { create, toBinary } from '@bufbuild/protobuf';
import { useWasm } from '@resnetjs/backend-wasm';
import { mix32, uniform } from '@resnetjs/core';
import { cifarResnet } from '@resnetjs/zoo';
import { beforeAll, expect, test } from 'vitest';
import { toOnnx } from '../export/to-onnx.ts';
import { OnnxError } from '../onnx-error.ts';
import { withFormulaWeights } from '../parity/formula-network.testing.ts';
import { wholeFile } from '../parity/runtimes.testing.ts';
import { GraphProtoSchema, ModelProtoSchema, TensorProto_DataLocation, TensorProto_DataType } from '../schema/onnx-ml_pb.js';
import { fromOnnx, readOnnx } from './from-onnx.ts';

const inputShape = [1, 16, 16, 3];
const model = cifarResnet({ depth: 8, planes: [4, 4, 8] });
let file: Uint8Array;
beforeAll(async () => {
  await useWasm({ threads: 1 });
  file = wholeFile(await toOnnx(withFormulaWeights(model), inputShape));
});

/** Reads a file to the end. @returns what it says it is not. */
async function faultOf(bytes: Uint8Array): Promise<string | undefined> {
  try {
    await fromOnnx(bytes, model, inputShape);
    return undefined;
  } catch (error) {
    if (error instanceof OnnxError) return error.message;
    throw error;
  }
}

test('a file that is cut anywhere is refused, in words', async () => {
  for (let size = 0; size < file.length; size += 1 + Math.floor(file.length / 200))
    expect(await faultOf(file.subarray(0, size))).toBeTruthy();
});

test('a file whose bytes are changed is read, or refused in words', async () => {
  const next = uniform(7);
  let refused = 0;
  for (let i = 0; i < 1500; i++) {
    const changed = file.slice();
    const count = 1 + Math.floor(next() * 4);
    // The graph stands first, weights behind: half of the changes are to the graph.
    for (let k = 0; k < count; k++) changed[Math.floor(next() * (i % 2 ? changed.length : 6000))] = mix32(i * 8 + k) & 255;
    if ((await faultOf(changed)) !== undefined) refused++;
  }
  expect(refused).toBeGreaterThan(100); // and no other error was thrown
});

test.each([
  ['PNG', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['safetensors', [0x08, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]],
  ['nothing', []],
  ['zeros', new Array(64).fill(0)],
])('%s is no ONNX', async (_, bytes) => {
  expect(await faultOf(Uint8Array.from(bytes))).toMatch(/no ONNX|no graph/);
});

test('a few bytes that stand for very many objects are refused before any is made', async () => {
  const nodes = new Uint8Array(6_000_000);
  for (let i = 0; i < nodes.length; i += 2) nodes.set([0x0a, 0x00], i); // empty nodes
  const length = nodes.length;
  const head = [0x3a, (length & 127) | 128, ((length >> 7) & 127) | 128, ((length >> 14) & 127) | 128, length >> 21];
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  bytes.set(nodes, head.length);
  expect(await faultOf(bytes)).toContain('more than 2000000 messages and numbers');
});

test('graphs that lie in one another without end are refused', async () => {
  let inner = new Uint8Array();
  const wrapped = (tag: number, content: Uint8Array) =>
    Uint8Array.from([tag, (content.length & 127) | 128, content.length >> 7, ...content]);
  for (let i = 0; i < 40; i++) inner = wrapped(0x0a, wrapped(0x2a, wrapped(0x32, inner))); // graph.node.attribute.g
  expect(await faultOf(wrapped(0x3a, inner))).toContain('more than 32 deep');
});

interface Changes {
  readonly initializer?: object;
  readonly node?: object[];
}

/** A file of one Gemm with one thing about it changed. */
const gemm = ({ initializer = {}, node }: Changes): Uint8Array => {
  const value = (name: string) => ({ name, type: { value: { case: 'tensorType' as const, value: { elemType: 1 } } } });
  const graph = create(GraphProtoSchema, {
    input: [value('x')],
    output: [value('y')],
    initializer: [{ name: 'w', dims: [2n, 3n], dataType: TensorProto_DataType.FLOAT, rawData: new Uint8Array(24), ...initializer }],
    node: node ?? [{ opType: 'Gemm', name: 'fc', input: ['x', 'w'], output: ['y'], attribute: [{ name: 'transB', type: 2, i: 1n }] }],
  });
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, graph }));
};

test.each<[string, Changes, RegExp]>([
  ['bytes that do not fill the shape', { initializer: { rawData: new Uint8Array(20) } }, /needs 24 bytes but has 20/],
  ['a shape beyond all memory', { initializer: { dims: [2n ** 40n, 3n], rawData: new Uint8Array() } }, /is by \[1099511627776,3\] where/],
  ['a shape that is none', { initializer: { dims: [-2n, 3n] } }, /impossible shape \[-2,3\]/],
  [
    'a type that is not read',
    { initializer: { dataType: TensorProto_DataType.INT8 } },
    /is of INT8; floats of 16, 32 and 64 bits are read/,
  ],
  [
    'a file elsewhere',
    {
      initializer: {
        rawData: new Uint8Array(),
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [{ key: 'location', value: '../../etc/passwd' }],
      },
    },
    /"..\/..\/etc\/passwd", which is not a file beside this one\. It is not read/,
  ],
  [
    'bytes beyond the end of the file beside',
    {
      initializer: {
        rawData: new Uint8Array(),
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [
          { key: 'location', value: 'w.data' },
          { key: 'offset', value: '99999999999' },
          { key: 'length', value: '24' },
        ],
      },
    },
    /is 24 bytes from 99999999999 of "w.data", which has 8/,
  ],
  [
    'a circle',
    {
      node: [
        { opType: 'Identity', input: ['y'], output: ['z'] },
        { opType: 'Identity', input: ['z'], output: ['y'] },
      ],
    },
    /is made out of itself/,
  ],
  [
    'an operator of another domain',
    { node: [{ opType: 'Gemm', domain: 'com.evil', name: 'n', input: ['x', 'w'], output: ['y'] }] },
    /com\.evil\.Gemm "n" here, which is no operator of ONNX's own/,
  ],
  [
    'an operator that nothing here has',
    { node: [{ opType: 'Loop', name: 'n', input: ['x'], output: ['y'] }] },
    /Loop "n" where a linear layer of \[2,3\] is expected/,
  ],
])('%s is told', async (_, changes, message) => {
  const { linear, module } = await import('@resnetjs/core');
  const net = module('net', { fc: linear(3, 2) }, (m, x, mode) => m.fc.forward(x, mode));
  const external = async () => new Uint8Array(8);
  await expect(fromOnnx(gemm(changes), net, [1, 3], { external })).rejects.toThrow(message);
});

test('weights in another file need a way to it', async () => {
  const initializer = {
    rawData: new Uint8Array(),
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [{ key: 'location', value: 'w.data' }],
  };
  const { linear, module } = await import('@resnetjs/core');
  const net = module('net', { fc: linear(3, 2) }, (m, x, mode) => m.fc.forward(x, mode));
  await expect(readOnnx(gemm({ initializer })).weightsFor(net, [1, 3])).rejects.toThrow('{ external } that reads it');
});
