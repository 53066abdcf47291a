import { KernelInputError } from '../kernel-input-error.ts';
import type { KernelImplementation } from '../registration.ts';
import { sizeOf } from './chunks.ts';
import { expectRank } from './expect.ts';

/** A filter out of the numbers of a checkpoint: from `[O,I,kh,kw]` to `[kh,kw,I,O]`, each output channel times its own scale. */
export const storedFilter: KernelImplementation = ({ attrs, runtime }) => {
  const { values, shape, scale } = attrs as { values: Float32Array; shape: readonly number[]; scale?: Float32Array };
  expectRank({ shape: { shape } }, '[O,I,kh,kw]');
  const [outC, inC, height, width] = shape as [number, number, number, number];
  expectFloats('values', values, sizeOf({ shape }));
  if (scale !== undefined) expectFloats('scale', scale, outC);
  const filter = runtime.output([height, width, inC, outC]);
  if (values.length === 0) return filter;
  const place = (name: string, numbers: Float32Array): number => {
    const address = runtime.heap.scratch(name, numbers.byteLength);
    runtime.heap.floats.set(numbers, address >>> 2);
    return address;
  };
  runtime.run('storedFilter', runtime.ask('storedFilterChunks', { outC }), {
    values: place('filter values', values),
    scale: scale ? place('filter scale', scale) : 0,
    filter: runtime.address(filter),
    ...{ outC, inC, taps: height * width },
  });
  return filter;
};

function expectFloats(name: string, numbers: unknown, count: number): void {
  if (!(numbers instanceof Float32Array) || numbers.length !== count)
    throw new KernelInputError(
      `${name}: expected a Float32Array of ${count} but received ${numbers instanceof Float32Array ? `one of ${numbers.length}` : typeof numbers}`,
    );
}
