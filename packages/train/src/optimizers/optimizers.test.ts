import '@tensorflow/tfjs-backend-cpu';
import { readFileSync } from 'node:fs';
import { initialize, linear, type Module, module, Parameter, parameterGroups, parameters, sequential } from '@resnetjs/core';
import { relativeError } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adamw } from './adamw.ts';
import { clipByNorm, gradientNorm } from './clip-gradients.ts';
import { lars } from './lars.ts';
import type { Optimizer } from './optimizer.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

interface Golden {
  readonly start: number[];
  readonly gradients: number[][];
  readonly rates: number[];
  readonly cases: readonly {
    readonly rule: keyof typeof rules;
    readonly options: object;
    readonly values: number[][];
    readonly state: Record<string, number[]>;
  }[];
  readonly clip: { readonly before: number[][]; readonly maxNorm: number; readonly norm: number; readonly after: number[][] };
}

const golden = JSON.parse(readFileSync(new URL('../../golden/optimizers.json', import.meta.url), 'utf8')) as Golden;
const rules = { sgd, adamw, rmsprop, lars };
// Six float32 steps against float64: each rounds a few times.
const TOLERANCE = 3e-6;

let tensors = 0;
beforeAll(async () => {
  await tf.setBackend('cpu');
});
beforeEach(() => {
  tensors = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(tensors));

/** A model of one vector. */
function vector(values: readonly number[]): Module & { readonly weight: Parameter } {
  const weight = new Parameter([values.length], { role: 'weight', initializer: { kind: 'constant', value: 0 } });
  weight.assign(Float32Array.from(values));
  return module('vector', { weight }, (_, x) => tf.clone(x));
}

function step(optimizer: Optimizer, name: string, gradient: readonly number[], learningRate: number, momentum?: number): void {
  const tensor = tf.tensor1d([...gradient]);
  optimizer.step(new Map([[name, tensor]]), { learningRate, ...(momentum !== undefined && { momentum }) });
  tensor.dispose();
}

describe.each(golden.cases.map((c) => [`${c.rule} ${JSON.stringify(c.options)}`, c] as const))(
  '%s',
  (_, { rule, options, values, state }) => {
    test("takes PyTorch's steps and keeps its state", async () => {
      const model = vector(golden.start);
      const optimizer = rules[rule](model, options);
      for (const [i, gradient] of golden.gradients.entries()) {
        step(optimizer, 'weight', gradient, golden.rates[i] as number);
        expect(relativeError(await model.weight.read(), values[i] as number[]), `step ${i}`).toBeLessThan(TOLERANCE);
      }
      const kept = await optimizer.stateDict();
      expect(new Set(kept.keys())).toEqual(new Set(['step.weight', ...Object.keys(state).map((key) => `${key}.weight`)]));
      for (const [key, expected] of Object.entries(state))
        expect(relativeError(kept.get(`${key}.weight`)?.data ?? [], expected), key).toBeLessThan(TOLERANCE);
      optimizer.dispose();
      model.weight.dispose();
    });

    test('goes on from a kept state to the last bit', async () => {
      const [whole, first, second] = [vector(golden.start), vector(golden.start), vector(golden.start)];
      const [a, b, c] = [rules[rule](whole, options), rules[rule](first, options), rules[rule](second, options)];
      for (const [i, gradient] of golden.gradients.entries()) {
        step(a, 'weight', gradient, golden.rates[i] as number);
        if (i === 2) {
          second.weight.assign(await first.weight.read());
          c.loadStateDict(await b.stateDict());
        }
        step(i < 2 ? b : c, 'weight', gradient, golden.rates[i] as number);
      }
      expect(await second.weight.read()).toEqual(await whole.weight.read());
      expect(await c.stateDict()).toEqual(await a.stateDict());
      for (const optimizer of [a, b, c]) optimizer.dispose();
      for (const model of [whole, first, second]) model.weight.dispose();
    });
  },
);

test('gradients are clipped as PyTorch clips them, by the norm of all together', async () => {
  const { before, maxNorm, norm: expected, after } = golden.clip;
  const grads = new Map(before.map((values, i) => [String(i), tf.tensor1d(values)]));
  const norm = gradientNorm(grads);
  expect((await norm.data())[0]).toBeCloseTo(expected, 5);
  const clipped = clipByNorm(grads, maxNorm, norm);
  for (const [i, values] of after.entries())
    expect(relativeError(await (clipped.get(String(i)) as tf.Tensor).data(), values)).toBeLessThan(1e-6);
  const same = clipByNorm(grads, 1e6, norm);
  expect(await (same.get('0') as tf.Tensor).data()).toEqual(await (grads.get('0') as tf.Tensor).data());
  tf.dispose([norm, ...grads.values(), ...clipped.values(), ...same.values()]);
});

describe('groups', () => {
  const net = sequential(linear(2, 3), linear(3, 2));
  beforeEach(() => initialize(net, { seed: 1 }));
  afterEach(() => {
    for (const parameter of parameters(net).values()) parameter.dispose();
    tensors = tf.memory().numTensors;
  });
  const ones = () => new Map([...parameters(net)].map(([name, { storedShape }]) => [name, tf.ones(storedShape)]));

  test('have a rate and a weight decay of their own', async () => {
    const before = { weight: await parameters(net).get('0.weight')?.read(), bias: await parameters(net).get('1.bias')?.read() };
    const optimizer = sgd(net, { groups: parameterGroups(net, { weightDecay: 1, rates: { '1.bias': 10 } }) });
    const grads = ones();
    optimizer.step(grads, { learningRate: 0.01 });
    tf.dispose([...grads.values()]);
    const after = { weight: await parameters(net).get('0.weight')?.read(), bias: await parameters(net).get('1.bias')?.read() };
    for (const [i, value] of after.weight?.entries() ?? []) expect(value).toBeCloseTo((before.weight?.[i] as number) * 0.99 - 0.01, 6);
    for (const [i, value] of after.bias?.entries() ?? []) expect(value).toBeCloseTo((before.bias?.[i] as number) - 0.1, 6);
  });

  test('name parameters of the model, each once', () => {
    expect(() => sgd(net, { groups: [{ names: ['0.weight', 'fc.bias'] }, { names: ['0.weight'] }] })).toThrow(
      'Parameter groups: the model has no fc.bias; more than one group has 0.weight.',
    );
  });

  test('can be left out of a step by having no gradient, and start when they get one', async () => {
    const optimizer = adamw(net, { weightDecay: 0 });
    const { '0.weight': first, ...rest } = Object.fromEntries(ones());
    optimizer.step(new Map([['0.weight', first as tf.Tensor]]), { learningRate: 0.1 });
    optimizer.step(new Map(Object.entries({ '0.weight': first as tf.Tensor, ...rest })), { learningRate: 0.1 });
    tf.dispose([first, ...Object.values(rest)] as tf.Tensor[]);
    const state = await optimizer.stateDict();
    expect([state.get('step.0.weight')?.data[0], state.get('step.1.weight')?.data[0]]).toEqual([2, 1]);
    optimizer.dispose();
  });
});

test('a scheduled momentum stands in for the own one', async () => {
  const model = vector([0]);
  const optimizer = sgd(model, { momentum: 0.9 });
  step(optimizer, 'weight', [1], 1);
  step(optimizer, 'weight', [1], 1, 0.5);
  expect((await model.weight.read())[0]).toBe(-2.5);
  optimizer.dispose();
  model.weight.dispose();
});

test('the state of another rule or model is refused with all that is wrong', async () => {
  const model = vector([1]);
  const optimizer = sgd(model, { momentum: 0.9 });
  step(optimizer, 'weight', [1], 1);
  expect(() => adamw(model).loadStateDict(new Map())).not.toThrow();
  const state = await optimizer.stateDict();
  expect(() => adamw(model).loadStateDict(state)).toThrow(
    "The optimizer's state does not fit: 2 missing (exp_avg.weight, exp_avg_sq.weight), 1 unexpected (momentum_buffer.weight).",
  );
  const other = sequential(linear(1, 1));
  expect(() => sgd(other, { momentum: 0.9 }).loadStateDict(state)).toThrow('1 not in the model (weight)');
  const wide = vector([1, 2]);
  expect(() => sgd(wide, { momentum: 0.9 }).loadStateDict(state)).toThrow(
    '1 misshapen (momentum_buffer.weight: expected [2] but received [1])',
  );
  optimizer.dispose();
  model.weight.dispose();
  wide.weight.dispose();
});

test("Nesterov's momentum without momentum is refused, in a group too", () => {
  const model = vector([1]);
  expect(() => sgd(model, { nesterov: true })).toThrow("Nesterov's momentum needs a momentum above 0");
  expect(() => sgd(model, { momentum: 0.9, nesterov: true, groups: [{ names: ['weight'], dampening: 0.5 }] })).toThrow('no dampening');
  model.weight.dispose();
});
