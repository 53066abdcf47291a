import { isFloat } from '../ops/chunks.ts';
import { required } from '../ops/expect.ts';
import type { KernelImplementation } from '../registration.ts';
import { floatsOf } from './floats-of.ts';

/** Beyond it, the function is 1 to the last bit of a float. */
const LARGE = 4;

/** The error function by its Maclaurin series, which in double precision loses less than 1e-9 for arguments below {@link LARGE}. */
function erfOf(x: number): number {
  if (!(Math.abs(x) < LARGE)) return Number.isNaN(x) ? x : Math.sign(x);
  let [power, sum] = [x, x];
  for (let n = 1; Math.abs(power) > 1e-10 * Math.abs(sum); n++) {
    power *= (-x * x) / n;
    sum += power / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** tfjs' Erf; its own, on every backend, is an approximation that is off by up to 1.5e-7, which may be all of a small result. */
export const erf: KernelImplementation = ({ inputs, runtime, stock }) => {
  const { x } = required(inputs, 'x');
  if (!isFloat(x)) return stock();
  const y = runtime.output(x.shape);
  const [from, to] = [floatsOf(runtime, x), floatsOf(runtime, y)];
  for (let i = 0; i < from.length; i++) to[i] = erfOf(from[i] as number);
  return y;
};
