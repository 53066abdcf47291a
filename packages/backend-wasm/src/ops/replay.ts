import type { Tensor } from '@tensorflow/tfjs-core';
import type { KernelImplementation } from '../registration.ts';

/** `forward(x)`, by recorded calls where they can do it: see {@link Recordings}. */
export const replay: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { x, owner } = inputs as { x: Tensor; owner: Tensor };
  return runtime.recordings.run(x, owner, (attrs as { forward: (x: Tensor) => Tensor }).forward);
};
