import { readFileSync } from 'node:fs';
import { type Checkpoint, loadCheckpoint } from '@resnetjs/weights';
import { describe, expect, test } from 'vitest';
import { planOf } from './decode.ts';

const load = async (): Promise<Checkpoint> => loadCheckpoint(readFileSync(new URL('../../golden/cifar.safetensors', import.meta.url)));

// biome-ignore lint/suspicious/noExplicitAny: what is broken has no type
type Broken = any;
/** A step of the plan by what it is. */
const step = (plan: Broken, kind: string, nth = 0) => plan.steps.filter((each: Broken) => each.kind === kind)[nth];

type Change = (plan: Broken, tensors: { readonly floats: Map<string, Broken>; readonly integers: Map<string, Broken> }) => unknown;

/** The checkpoint after something was done to its plan, or to its tensors. */
async function broken(change: Change) {
  const { manifest, stateDict, integers } = await load();
  const plan = structuredClone(manifest?.quantization);
  const tensors = { floats: new Map<string, Broken>(stateDict), integers: new Map<string, Broken>(integers) };
  change(plan, tensors);
  return { manifest: { ...manifest, quantization: plan } as Checkpoint['manifest'], stateDict: tensors.floats, integers: tensors.integers };
}

test('a plan out of a file is whole', async () => {
  const plan = planOf(await load());
  expect(plan.steps.filter(({ kind }) => kind === 'conv')).toHaveLength(10); // two of them are shortcuts
});

test('integers are read as they are, and floats beside them', async () => {
  const { stateDict, integers } = await load();
  expect(integers.get('conv1.weight')?.data).toBeInstanceOf(Int8Array);
  expect(integers.get('conv1.weight')?.shape).toEqual([4, 3, 3, 3]);
  expect(integers.get('conv1.bias')?.data).toBeInstanceOf(Int32Array);
  expect(stateDict.get('conv1.weight_scale')?.shape).toEqual([4]);
});

describe('a file whose plan is not what it should be is refused in words:', () => {
  const NO_CHANNEL = { shape: [1], data: new Float32Array(1) };
  test.each<readonly [string, Change, RegExp]>([
    ['of a later format', (plan) => Object.assign(plan, { formatVersion: 2 }), /format version 2, but 1 is what is read/],
    ['a step of no known kind', (plan) => Object.assign(plan.steps[2], { kind: 'sorcery' }), /steps\.2\.kind/],
    ['a scale of 0', (plan) => Object.assign(plan.values[1], { scale: 0 }), /values\.1\.scale: expected a float32 above 0/],
    ['a scale that no float32 is', (plan) => Object.assign(plan.values[1], { scale: 0.1 }), /values\.1\.scale: expected a float32 above 0/],
    ['a shape of nothing', (plan) => Object.assign(plan.values[1], { shape: [] }), /values\.1\.shape/],
    ['a value that nothing made', (plan) => Object.assign(step(plan, 'conv', 1), { input: 8 }), /reads value 8, which nothing made before/],
    ['a value that is made twice', (plan) => Object.assign(step(plan, 'conv', 1), { output: 1 }), /makes value 1, which was made before/],
    [
      'a value that is not there',
      (plan) => Object.assign(step(plan, 'conv', 1), { output: 999 }),
      /makes value 999, which the plan does not have/,
    ],
    ['an output that is no float', (plan) => Object.assign(plan, { output: 2 }), /makes no f32 output/],
    [
      'an image of another size',
      (plan) => Object.assign(plan.values[0], { shape: [16, 16, 3] }),
      /it makes \[16,16,3\], but its value is \[12,12,3\]/,
    ],
    [
      'another stride',
      (plan) => Object.assign(step(plan, 'conv'), { strides: [2, 2] }),
      /conv1\): it makes \[6,6,4\], but its value is \[12,12,4\]/,
    ],
    ['more groups than channels', (plan) => Object.assign(step(plan, 'conv'), { groups: 2 }), /in 2 group\(s\) does not take \[12,12,3\]/],
    ['types that do not meet', (plan) => Object.assign(step(plan, 'quantize'), { output: plan.output }), /makes value|types/],
    [
      'no weights',
      (_, { integers }) => void integers.delete('conv1.weight'),
      /asks for conv1\.weight of I8 numbers, which the file has not/,
    ],
    ['a tensor too many', (_, { floats }) => void floats.set('left.over', NO_CHANNEL), /1 tensors that its plan does not use: left\.over/],
    [
      'weights of another shape',
      (_, { integers }) => void integers.set('conv1.weight', { shape: [4, 2, 3, 3], data: new Int8Array(72) }),
      /a filter \[O,C\/groups,kh,kw\] of \[4,2,3,3\].*does not take \[12,12,3\]/,
    ],
    [
      'weights of one axis',
      (_, { integers }) => void integers.set('conv1.weight', { shape: [108], data: new Int8Array(108) }),
      /conv1\.weight: expected \[O,C/,
    ],
    [
      'bias of 8 bits',
      (_, { integers }) => void integers.set('conv1.bias', { shape: [4], data: new Int8Array(4) }),
      /conv1\.bias: expected I32/,
    ],
    ['too few scales', (_, { floats }) => void floats.set('conv1.weight_scale', NO_CHANNEL), /4 scales and biases are needed/],
    ['a weight scale of 0', (_, { floats }) => floats.get('conv1.weight_scale').data.fill(0, 2, 3), /scale of output channel 2 is 0/],
    [
      'a weight scale that is NaN',
      (_, { floats }) => floats.get('conv1.weight_scale').data.fill(Number.NaN, 2, 3),
      /scale of output channel 2 is NaN/,
    ],
    ['a weight of -128', (_, { integers }) => integers.get('conv1.weight').data.fill(-128, 0, 1), /a weight is -128/],
    [
      'a bias that overflows',
      (_, { integers }) => integers.get('conv1.bias').data.fill(2 ** 31 - 1, 1, 2),
      /sums of output channel 1 can leave int32/,
    ],
  ])('%s', async (_, change, message) => {
    const checkpoint = await broken(change);
    expect(() => planOf(checkpoint)).toThrow(message);
  });

  test.each([
    ['an operation that core has not', { op: 'detonate' }, /There is no operation 'detonate'/],
    ['an operation whose inputs do not fit', { op: 'linear' }, /linear: /],
    ['attributes that are none', { op: 'conv2d', attributes: {} }, /conv2d|undefined/],
  ])('%s', async (_, change, message) => {
    const { manifest, ...rest } = await loadCheckpoint(readFileSync(new URL('../../golden/resnext-se.safetensors', import.meta.url)));
    const plan = structuredClone(manifest?.quantization) as Broken;
    Object.assign(step(plan, 'float', 1), change);
    expect(() => planOf({ ...rest, manifest: { ...manifest, quantization: plan } as Checkpoint['manifest'] })).toThrow(message);
  });

  test('weights that are of no quantized network', async () => {
    const { manifest, ...rest } = await load();
    expect(() => planOf({ ...rest, manifest: { ...manifest, quantization: undefined } as unknown as Checkpoint['manifest'] })).toThrow(
      'of no quantized network',
    );
  });
});
