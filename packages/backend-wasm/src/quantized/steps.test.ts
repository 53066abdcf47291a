import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONV_CASES } from '../ops/conv-cases.testing.ts';
import { type BackendInfo, useWasm } from '../use-wasm.ts';
import type { Plan, Value } from './plan.ts';
import { eightBits, image, PlanBuilder } from './plans.testing.ts';
import { reference } from './reference.testing.ts';

type Type = 'u8' | 'i8';

/** A plan of a step, or some, between a conversion to 8 bits and one back. */
function around(shape: readonly number[], type: Type, steps: (b: PlanBuilder, x: number, input: number) => number): Plan {
  const b = new PlanBuilder();
  const input = b.input(shape);
  const y = steps(b, b.quantize(input, type), input);
  return b.plan(input, b.of(y).type === 'f32' ? y : b.dequantize(y));
}

/** Weights of many channels are small, or no sum would be small enough for Winograd's algorithm. */
const rangeOf = (channels: number) => ({ weightRange: channels > 200 ? ([-20, 20] as const) : ([-127, 127] as const) });

const convolutions = CONV_CASES.filter(({ x }) => !x.includes(0)).flatMap(({ x, filter, ...attributes }, i): [string, Plan][] => {
  const [kh, kw, , outC] = filter as [number, number, number, number];
  const [from, to] = [
    ['u8', 'u8'],
    ['i8', 'i8'],
    ['u8', 'f32'],
  ][i % 3] as [Type, Value['type']];
  const { strides = [1, 1], groups = 1 } = attributes;
  return [
    [
      `a convolution of ${x.slice(1).join('x')} ${from} by ${filter.join('x')}, strides ${strides.join()}, groups ${groups}, to ${to}`,
      around(x.slice(1), from, (b, q) => b.conv(q, [kh, kw, outC], { ...attributes, ...rangeOf(x[3] as number), type: to })),
    ],
  ];
});

const [SQUARE, ONE] = [
  { pad: [1, 1, 1, 1], type: 'u8' },
  { pad: [0, 0, 0, 0], type: 'u8' },
] as const;

/** Both ways, each with every combination of types of the residual's and the result's, and columns that are no whole panels. */
const residuals = (['u8', 'i8'] as const).flatMap((type) =>
  (['u8', 'i8'] as const).flatMap((branchType) =>
    [
      { side: 6, channels: 24, kernel: 3 as const, groups: 1 },
      { side: 5, channels: 12, kernel: 1 as const, groups: 1 },
      { side: 5, channels: 16, kernel: 3 as const, groups: 4 },
    ].map(({ side, channels, kernel, groups }): [string, Plan] => [
      `a ${kernel}x${kernel} convolution of ${channels} channels in ${groups} group(s), its branch ${branchType} and ${type} its residual and result`,
      around([side, side, channels], 'u8', (b, q, input) =>
        b.conv(q, [kernel, kernel, channels], {
          ...{ pad: kernel === 3 ? SQUARE.pad : ONE.pad, type, branchType, groups },
          residual: b.quantize(input, type, 0.3),
        }),
      ),
    ]),
  ),
);

const pools = (['u8', 'i8'] as const).flatMap((type) =>
  (
    [
      [
        [5, 7, 19],
        [3, 3],
        [2, 2],
        [1, 1, 1, 1],
      ],
      [
        [4, 4, 32],
        [2, 2],
        [2, 2],
        [0, 0, 0, 0],
      ],
      [
        [3, 5, 3],
        [2, 3],
        [1, 2],
        [0, 1, 2, 0],
      ],
    ] as const
  ).flatMap(([shape, window, strides, pad], i): [string, Plan][] => {
    const pooled = [0, 1]
      .map(
        (a) =>
          Math.floor((shape[a] as number) + (pad[2 * a] as number) + (pad[2 * a + 1] as number) - (window[a] as number)) /
          (strides[a] as number),
      )
      .map((n) => Math.floor(n) + 1);
    const result = [...pooled, shape[2]];
    const call = { window, strides, pad };
    return [
      [
        `the largest of ${window.join('x')} windows of ${shape.join('x')} ${type}`,
        around(shape, type, (b, input) => b.add({ kind: 'maxPool', input, output: b.value(eightBits(result, type)), ...call })),
      ],
      [
        `the mean of ${window.join('x')} windows of ${shape.join('x')} ${type}`,
        around(shape, type, (b, input) =>
          b.add({
            ...{
              kind: 'averagePool',
              input,
              output: b.value(i === 2 ? { shape: result, type: 'f32', scale: 1 } : eightBits(result, type, 0.1)),
              ...call,
            },
            ...{ countPadding: i === 0, ratio: Math.fround(2.5) },
          }),
        ),
      ],
    ];
  }),
);

const mean: [string, Plan] = [
  'the mean of a whole image, without height and width',
  around([5, 3, 21], 'u8', (b, input) =>
    b.add({
      ...{ kind: 'averagePool', input, output: b.value({ shape: [21], type: 'f32', scale: 1 }), window: [5, 3], strides: [1, 1] },
      ...{ pad: [0, 0, 0, 0], countPadding: false, ratio: 0.25 },
    }),
  ),
];

const others = (['u8', 'i8'] as const).flatMap((type): [string, Plan][] => [
  [`${type} as floats again`, around([3, 5, 11], type, (_, q) => q)],
  [
    `a sum of ${type}`,
    around([3, 5, 11], type, (b, q, input) =>
      b.add({ kind: 'add', inputs: [q, b.quantize(input, 'i8', 0.7)], output: b.value(eightBits([3, 5, 11], type, 0.45)) }),
    ),
  ],
  [
    `channels side by side, copied and in another scale, as ${type}`,
    around([3, 5, 11], type, (b, q, input) => {
      const parts = [q, b.quantize(input, 'u8', 0.7), b.quantize(input, 'i8', 0.25)];
      return b.add({ kind: 'concat', inputs: parts, output: b.value(eightBits([3, 5, 33], type, 0.25)) });
    }),
  ],
  [
    `a norm of channels side by side, as ${type}`,
    around([3, 5, 11], type, (b, q, input) =>
      b.add({
        ...{ kind: 'affine', inputs: [q, b.quantize(input, 'i8', 0.7)], output: b.value(eightBits([3, 5, 22], type)) },
        scale: Float32Array.from(b.numbers(22, [-100, 100]), (v) => v / 64),
        shift: Float32Array.from(b.numbers(22, [-100, 100]), (v) => v / 3),
      }),
    ),
  ],
  [
    `channels times their gates, as ${type}`,
    around([3, 5, 11], type, (b, input) => {
      const gate = b.add({
        ...{ kind: 'averagePool', input, output: b.value({ shape: [1, 1, 11], type: 'f32', scale: 1 }), window: [3, 5], strides: [1, 1] },
        ...{ pad: [0, 0, 0, 0], countPadding: false, ratio: 0.03 },
      });
      return b.add({ kind: 'scaleChannels', input, gate, output: b.value(eightBits([3, 5, 11], type)) });
    }),
  ],
]);

/** Numbers as large as they can be, of one sign: sums of Winograd's algorithm go round. */
const extremes = ([-127, 127] as const).map((w): [string, Plan] => [
  `Winograd's algorithm where every number is 255 and every weight ${w}`,
  around([8, 8, 64], 'u8', (b, q, input) => {
    const full = b.add({
      ...{ kind: 'affine', inputs: [q], output: b.value(eightBits([8, 8, 64], 'u8')) },
      ...{ scale: new Float32Array(64), shift: new Float32Array(64).fill(1e9) },
    });
    const y = b.conv(full, [3, 3, 16], { ...SQUARE, type: 'f32', weightRange: [w, w] });
    void input;
    return y;
  }),
]);

/** Blocks as networks have them, so large that there are several chunks, whose values share memory. */
const network: [string, Plan] = [
  'a small residual network',
  around([26, 24, 3], 'i8', (b, q) => {
    let x = b.conv(q, [7, 7, 32], { strides: [2, 2], pad: [3, 3, 3, 3] });
    for (const groups of [1, 8]) {
      const middle = b.conv(b.conv(x, [1, 1, 16]), [3, 3, 16], { pad: [1, 1, 1, 1], groups });
      x = b.conv(middle, [1, 1, 32], { type: 'u8', residual: x });
    }
    return b.conv(x, [1, 1, 10], { type: 'f32' });
  }),
];

const CASES: readonly [string, Plan][] = [...convolutions, ...residuals, ...pools, mean, ...others, ...extremes, network];

const IMAGES = 3;
const expected = new Map<Plan, number[]>();

/** A plan's images, several and one where all together would take long, and what the reference makes of them. */
function prepared(plan: Plan) {
  const { shape } = plan.values[plan.input] as Value;
  const size = shape.reduce((a, b) => a * b, 1);
  const images = size > 20_000 ? 1 : IMAGES;
  const pixels = image(images * size, 77, 0.25);
  const results =
    expected.get(plan) ?? Array.from({ length: images }, (_, n) => reference(plan, pixels.subarray(n * size, (n + 1) * size))).flat();
  expected.set(plan, results);
  return { x: () => tf.tensor(pixels, [images, ...shape]), results };
}

const run = (plan: Plan, x: tf.Tensor, owner: tf.Tensor) =>
  [tf.engine().runKernel('ResNetQuantizedPass', { x, owner }, { plan } as unknown as tf.NamedAttrMap)].flat()[0] as tf.Tensor;

describe.each([1, 2, 7])('with %i thread(s), to the bit:', (threads) => {
  let info: BackendInfo;
  const held = () => {
    const { filters = 0, recordings = 0 } = info.memory() ?? {};
    return { tensors: tf.memory().numTensors, filters, recordings };
  };
  beforeAll(async () => {
    info = await useWasm({ threads, everyOp: false });
  });
  afterAll(() => info.dispose());

  test.each(CASES)('%s', (_, plan) => {
    const before = held();
    const { x, results } = prepared(plan);
    const owner = tf.scalar(0);
    const images = x();
    // the second time what was prepared runs again
    for (let time = 0; time < 2; time++) {
      const y = run(plan, images, owner);
      expect(y.shape).toEqual([images.shape[0], ...(plan.values[plan.output] as Value).shape]);
      expect(Array.from(y.dataSync())).toEqual(results);
      y.dispose();
    }
    tf.dispose([owner, images]);
    expect(held()).toEqual(before);
  });
});
