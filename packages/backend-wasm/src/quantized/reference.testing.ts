import { bounds, type Conv, imageOf, type Plan, type Pool, type Step, type Value } from './plan.ts';

// What a plan says, in plain numbers: whole numbers are exact in float64, floats are rounded where the plan says so.

const { fround } = Math;
type Numbers = number[];

function nearestEven(x: number): number {
  const below = Math.floor(x);
  const over = x - below;
  if (over === 0.5) return below % 2 === 0 ? below : below + 1;
  return over < 0.5 ? below : below + 1;
}

function toEightBits(x: number, type: 'u8' | 'i8'): number {
  const [least, most] = bounds(type);
  return Number.isNaN(x) ? 0 : Math.min(most, Math.max(least, nearestEven(x)));
}

const finish = (x: number, { type }: Value) => (type === 'f32' ? x : toEightBits(x, type));

/** Visits what is under a window: the input's places that lie inside the image, and which place of the window each is. */
function under(
  [height, width]: readonly [number, number, number],
  step: { strides: readonly number[]; pad: readonly number[]; dilations?: readonly number[]; window: readonly number[] },
  [i, j]: readonly [number, number],
  visit: (pixel: number, tap: number) => void,
): void {
  const [windowHeight = 0, windowWidth = 0] = step.window;
  for (let ky = 0; ky < windowHeight; ky++)
    for (let kx = 0; kx < windowWidth; kx++) {
      const row = i * (step.strides[0] as number) - (step.pad[0] as number) + ky * (step.dilations?.[0] ?? 1);
      const column = j * (step.strides[1] as number) - (step.pad[2] as number) + kx * (step.dilations?.[1] ?? 1);
      if (row >= 0 && row < height && column >= 0 && column < width) visit(row * width + column, ky * windowWidth + kx);
    }
}

function conv(step: Conv, x: Numbers, input: Value, output: Value, residual?: { numbers: Numbers; value: Value }): Numbers {
  const [outHeight, outWidth, outC] = imageOf(output);
  const image = imageOf(input);
  const [kh, kw, groupIn] = step.filterShape;
  const groupOut = outC / step.groups;
  const y: Numbers = [];
  for (let i = 0; i < outHeight; i++)
    for (let j = 0; j < outWidth; j++)
      for (let o = 0; o < outC; o++) {
        const first = Math.floor(o / groupOut) * groupIn;
        let sum = step.bias[o] as number;
        under(image, { ...step, window: [kh, kw] }, [i, j], (pixel, tap) => {
          for (let c = 0; c < groupIn; c++)
            sum += (x[pixel * image[2] + first + c] as number) * (step.weights[(tap * groupIn + c) * outC + o] as number);
        });
        const scaled = fround(fround(sum) * (step.multipliers[o] as number));
        if (!step.residual || !residual) y.push(finish(scaled, output));
        else {
          const { branchType, branchScale } = step.residual;
          const branch = fround(toEightBits(scaled, branchType) * fround(branchScale / output.scale));
          const beside = fround((residual.numbers[y.length] as number) * fround(residual.value.scale / output.scale));
          y.push(finish(fround(branch + beside), output));
        }
      }
  return y;
}

function pool(step: Pool, x: Numbers, input: Value, output: Value): Numbers {
  const [outHeight, outWidth, channels] = imageOf(output);
  const y: Numbers = [];
  for (let i = 0; i < outHeight; i++)
    for (let j = 0; j < outWidth; j++)
      for (let c = 0; c < channels; c++) {
        const seen: number[] = [];
        under(imageOf(input), step, [i, j], (pixel) => seen.push(x[pixel * channels + c] as number));
        if (step.kind === 'maxPool') y.push(Math.max(...seen));
        else {
          const count = step.countPadding ? step.window[0] * step.window[1] : seen.length;
          const sum = seen.reduce((a, b) => a + b, 0);
          y.push(finish(fround(fround(sum) * fround(fround(step.ratio) / count)), output));
        }
      }
  return y;
}

/** Channels side by side: of each output channel, which part it is of and which number of that, pixel by pixel. */
function sideBySide(
  parts: readonly { numbers: Numbers; value: Value }[],
  visit: (x: number, part: Value, channel: number) => number,
): Numbers {
  const [height, width] = imageOf((parts[0] as { value: Value }).value);
  const y: Numbers = [];
  for (let pixel = 0; pixel < height * width; pixel++) {
    let channel = 0;
    for (const { numbers, value } of parts) {
      const channels = imageOf(value)[2];
      for (let c = 0; c < channels; c++) y.push(visit(numbers[pixel * channels + c] as number, value, channel++));
    }
  }
  return y;
}

/** What a step that is not tfjs' gives for one image. */
function stepResult(plan: Plan, step: Exclude<Step, { kind: 'float' }>, numbersOf: (id: number) => Numbers): Numbers {
  const value = (id: number) => plan.values[id] as Value;
  const output = value(step.output);
  const part = (id: number) => ({ numbers: numbersOf(id), value: value(id) });
  if (step.kind === 'add') {
    const [a, b] = step.inputs.map(part) as [ReturnType<typeof part>, ReturnType<typeof part>];
    return a.numbers.map((x, i) =>
      finish(
        fround(fround(x * fround(a.value.scale / output.scale)) + fround((b.numbers[i] as number) * fround(b.value.scale / output.scale))),
        output,
      ),
    );
  }
  if (step.kind === 'concat')
    return sideBySide(step.inputs.map(part), (x, { scale, type }) =>
      scale === output.scale && type === output.type ? x : finish(fround(x * fround(scale / output.scale)), output),
    );
  if (step.kind === 'affine')
    return sideBySide(step.inputs.map(part), (x, _, c) =>
      finish(fround(fround(x * (step.scale[c] as number)) + (step.shift[c] as number)), output),
    );
  const x = numbersOf(step.input);
  const input = value(step.input);
  if (step.kind === 'quantize') return x.map((v) => finish(fround(v / fround(output.scale)), output));
  if (step.kind === 'dequantize') return x.map((q) => fround(q * fround(input.scale)));
  if (step.kind === 'conv') return conv(step, x, input, output, step.residual && part(step.residual.value));
  if (step.kind === 'scaleChannels') {
    const gate = numbersOf(step.gate);
    return x.map((q, i) => finish(fround(q * fround((gate[i % gate.length] as number) * fround(input.scale / output.scale))), output));
  }
  return pool(step as Pool, x, input, output);
}

/** What a plan without float steps gives for one image. */
export function reference(plan: Plan, image: ArrayLike<number>): Numbers {
  const values = new Map<number, Numbers>([[plan.input, Array.from(image)]]);
  for (const step of plan.steps) {
    if (step.kind === 'float') throw new Error('the reference computes no float steps');
    values.set(
      step.output,
      stepResult(plan, step, (id) => values.get(id) as Numbers),
    );
  }
  return values.get(plan.output) as Numbers;
}
