import type { Plan } from '../quantized/plan.ts';
import type { KernelImplementation } from '../registration.ts';
import { expectFloat, required } from './expect.ts';

/** A network in 8 bits on float images, by its plan: see {@link QuantizedPasses}. */
export const quantizedPass: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { x, owner } = required(inputs, 'x', 'owner');
  expectFloat({ x });
  runtime.recordings.endRecording(); // it keeps its own
  return runtime.quantized.run(x, owner, (attrs as { plan: Plan }).plan);
};
