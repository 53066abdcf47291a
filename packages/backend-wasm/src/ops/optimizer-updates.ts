import type { KernelImplementation } from '../registration.ts';
import { floatChunks, sizeOf } from './chunks.ts';
import { expectNumbers, expectShape, required } from './expect.ts';

/** Attributes of `ResNetSGD`, with the meaning and defaults of torch.optim.SGD. */
export interface SgdUpdateAttributes {
  readonly learningRate: number;
  readonly momentum?: number;
  readonly dampening?: number;
  readonly weightDecay?: number;
  readonly nesterov?: boolean;
  /** Whether this is the parameter's first step, at which torch starts the velocity at the gradient, undamped. */
  readonly first?: boolean;
}

/**
 * parameter, gradient and, with momentum, velocity, to [parameter'] or, with momentum, to [parameter', velocity'].
 *
 * New tensors, not changes in place: clones of a variable share its memory.
 */
export const sgdUpdate: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { parameter, gradient } = required(inputs, 'parameter', 'gradient');
  const { velocity } = inputs;
  const { learningRate, momentum = 0, dampening = 0, weightDecay = 0, nesterov = false, first = !velocity } = attrs as SgdUpdateAttributes;
  expectShape({ gradient, velocity }, parameter.shape);
  expectNumbers({ learningRate, momentum, dampening, weightDecay });
  const outputs = [runtime.output(parameter.shape), ...(velocity || momentum !== 0 ? [runtime.output(parameter.shape)] : [])];
  const [to, newVelocity = 0] = outputs.map((output) => runtime.address(output));
  const count = sizeOf(parameter);
  const { chunks, perChunk } = floatChunks(count);
  runtime.run('sgd', chunks, {
    ...{ parameter: runtime.address(parameter), gradient: runtime.address(gradient) },
    velocity: velocity && !first ? runtime.address(velocity) : 0,
    ...{ newParameter: to as number, newVelocity, rate: learningRate, decay: weightDecay, keep: momentum },
    ...{ take: first ? 1 : 1 - dampening, nesterov: nesterov ? 1 : 0, momentum, count, perChunk },
  });
  return outputs;
};

/** Attributes of `ResNetAdamW`, with the meaning of torch.optim.AdamW. */
export interface AdamWUpdateAttributes {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** From 1. */
  readonly step: number;
}

/** parameter, gradient, first and second moments to [parameter', first', second']. */
export const adamWUpdate: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { parameter, gradient, first, second } = required(inputs, 'parameter', 'gradient', 'first', 'second');
  const { learningRate, beta1, beta2, epsilon, weightDecay, step } = attrs as AdamWUpdateAttributes;
  expectShape({ gradient, first, second }, parameter.shape);
  expectNumbers({ learningRate, beta1, beta2, epsilon, weightDecay, step });
  const outputs = [parameter, first, second].map(({ shape }) => runtime.output(shape));
  const count = sizeOf(parameter);
  const { chunks, perChunk } = floatChunks(count);
  const [newParameter, newFirst, newSecond] = outputs.map((output) => runtime.address(output)) as [number, number, number];
  runtime.run('adamW', chunks, {
    ...{ parameter: runtime.address(parameter), gradient: runtime.address(gradient) },
    ...{ first: runtime.address(first), second: runtime.address(second), newParameter, newFirst, newSecond },
    ...{ rate: learningRate / (1 - beta1 ** step), shrink: 1 - learningRate * weightDecay },
    ...{ beta1, beta2, rest1: 1 - beta1, rest2: 1 - beta2, root: Math.sqrt(1 - beta2 ** step), epsilon, count, perChunk },
  });
  return outputs;
};
