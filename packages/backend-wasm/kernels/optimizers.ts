import { loadLanes, storeLanes } from './simd';

// Each takes `count` floats, `perChunk` (a multiple of four) a chunk, and writes new values beside the old.

/**
 * Stochastic gradient descent with momentum, as torch.optim.SGD does it.
 *
 * @param keep what stays of the velocity, `momentum`; 0 at the first step
 * @param take what is added of the gradient, `1 - dampening`; 1 at the first step
 * @param nesterov 1 for Nesterov's momentum, else 0
 */
export function sgd(
  chunk: i32,
  _thread: i32,
  parameter: usize,
  gradient: usize,
  velocity: usize,
  newParameter: usize,
  newVelocity: usize,
  rate: f32,
  decay: f32,
  keep: f32,
  take: f32,
  nesterov: i32,
  momentum: f32,
  count: i32,
  perChunk: i32,
): void {
  const end = min((chunk + 1) * perChunk, count);
  for (let i = chunk * perChunk; i < end; i += 4) {
    const lanes = end - i;
    const at = (<usize>i) << 2;
    const p = loadLanes(parameter + at, lanes);
    const g = f32x4.add(loadLanes(gradient + at, lanes), f32x4.mul(f32x4.splat(decay), p));
    let step = g;
    if (newVelocity) {
      const taken = f32x4.mul(f32x4.splat(take), g);
      const v = velocity ? f32x4.add(f32x4.mul(f32x4.splat(keep), loadLanes(velocity + at, lanes)), taken) : taken;
      storeLanes(newVelocity + at, v, lanes);
      step = nesterov ? f32x4.add(g, f32x4.mul(f32x4.splat(momentum), v)) : v;
    }
    storeLanes(newParameter + at, f32x4.sub(p, f32x4.mul(f32x4.splat(rate), step)), lanes);
  }
}

/**
 * Adam with decoupled weight decay, as torch.optim.AdamW does it.
 *
 * @param rate learning rate over the first moment's bias correction, `rate / (1 - beta1^step)`
 * @param root square root of the second moment's bias correction, `sqrt(1 - beta2^step)`
 * @param shrink `1 - rate * weightDecay`
 */
export function adamW(
  chunk: i32,
  _thread: i32,
  parameter: usize,
  gradient: usize,
  first: usize,
  second: usize,
  newParameter: usize,
  newFirst: usize,
  newSecond: usize,
  rate: f32,
  shrink: f32,
  beta1: f32,
  beta2: f32,
  rest1: f32,
  rest2: f32,
  root: f32,
  epsilon: f32,
  count: i32,
  perChunk: i32,
): void {
  const end = min((chunk + 1) * perChunk, count);
  for (let i = chunk * perChunk; i < end; i += 4) {
    const lanes = end - i;
    const at = (<usize>i) << 2;
    const g = loadLanes(gradient + at, lanes);
    const m = f32x4.add(f32x4.mul(f32x4.splat(beta1), loadLanes(first + at, lanes)), f32x4.mul(f32x4.splat(rest1), g));
    const v = f32x4.add(f32x4.mul(f32x4.splat(beta2), loadLanes(second + at, lanes)), f32x4.mul(f32x4.splat(rest2), f32x4.mul(g, g)));
    const below = f32x4.add(f32x4.div(f32x4.sqrt(v), f32x4.splat(root)), f32x4.splat(epsilon));
    const p = f32x4.mul(f32x4.splat(shrink), loadLanes(parameter + at, lanes));
    storeLanes(newParameter + at, f32x4.sub(p, f32x4.div(f32x4.mul(f32x4.splat(rate), m), below)), lanes);
    storeLanes(newFirst + at, m, lanes);
    storeLanes(newSecond + at, v, lanes);
  }
}
