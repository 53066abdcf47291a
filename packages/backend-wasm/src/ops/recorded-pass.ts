import type { Tensor } from '@tensorflow/tfjs-core';
import { KernelInputError } from '../kernel-input-error.ts';
import type { KernelImplementation } from '../registration.ts';
import { required } from './expect.ts';

/** `forward(x)`, by recorded calls where they can do it: see {@link Recordings}. */
export const recordedPass: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { x, owner } = required(inputs, 'x', 'owner') as Record<'x' | 'owner', Tensor>;
  const { forward } = attrs as { forward: (x: Tensor) => Tensor };
  if (typeof forward !== 'function') throw new KernelInputError('forward: expected a function of x');
  return runtime.recordings.run(x, owner, forward);
};
