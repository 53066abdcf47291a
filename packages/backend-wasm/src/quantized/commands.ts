import { type KernelArguments, type KernelName, kernelArguments } from '../kernel-arguments.ts';
import { pixelChunks, sizeOf } from '../ops/chunks.ts';
import type { Command } from '../recording.ts';
import { convolution } from './convolution.ts';
import { finishing, floatBits } from './finishing.ts';
import { windowsOf } from './geometry.ts';
import type { PackedPlan } from './packed-plan.ts';
import {
  type Add,
  type Affine,
  type Concat,
  type Conversion,
  imageOf,
  isSigned,
  type KernelStep,
  type Pool,
  type ScaleChannels,
  type Value,
} from './plan.ts';

/** What steps are computed with: values, tables and scratch at addresses. */
export interface Compiler {
  readonly packed: PackedPlan;
  readonly images: number;
  readonly threads: number;
  /** Where a value is. */
  address(value: number): number;
  /** Memory for the step that is compiled. */
  scratch(sizeBytes: number): number;
  /** Words that stay. */
  table(words: readonly number[]): number;
  /** Bytes of scratch that a kernel says it takes. */
  ask(name: Parameters<Ask>[0], named: Parameters<Ask>[1]): number;
  run<K extends KernelName>(kernel: K, chunks: number, named: KernelArguments<K>): void;
}
type Ask = (
  name: 'quantizedConvolveScratchBytes' | 'quantizedConvolveGroupsScratchBytes' | 'quantizedWinogradScratchBytes',
  named: Readonly<Record<string, number>>,
) => number;

export const commandOf = <K extends KernelName>(kernel: K, chunks: number, named: KernelArguments<K>): Command => ({
  kernel,
  chunks,
  args: kernelArguments(kernel, named),
});

/** Numbers that are chunks of their own in elementwise steps: eight at a time are computed. */
const CHUNK = 32_768;

const numberChunks = (count: number) => {
  const perChunk = Math.max(CHUNK, Math.ceil(count / 2000 / 8) * 8);
  return { chunks: Math.ceil(count / perChunk), count, perChunk };
};

/** The calls of kernels that a step is. */
export function compileStep(compiler: Compiler, step: KernelStep): void {
  switch (step.kind) {
    case 'conv':
      convolution(compiler, step);
      break;
    case 'maxPool':
    case 'averagePool':
      pool(compiler, step);
      break;
    case 'concat':
    case 'affine':
      sideBySide(compiler, step);
      break;
    case 'scaleChannels':
      scaleChannels(compiler, step);
      break;
    case 'add':
      add(compiler, step);
      break;
    default:
      convert(compiler, step);
  }
}

function convert({ packed: { plan }, images, address, run, table }: Compiler, step: Conversion): void {
  const [input, output] = [plan.values[step.input], plan.values[step.output]] as [Value, Value];
  const { chunks, ...numbers } = numberChunks(images * sizeOf(output));
  const call = { x: address(step.input), y: address(step.output), ...numbers };
  if (step.kind === 'quantize') run('quantize', chunks, { ...call, scale: output.scale, finishing: table(finishing(output)) });
  else run('dequantize', chunks, { ...call, scale: input.scale, signed: isSigned(input) });
}

function add({ packed: { plan }, images, address, run, table }: Compiler, { inputs, output: made }: Add): void {
  const [a, b, output] = [...inputs, made].map((id) => plan.values[id]) as [Value, Value, Value];
  const { chunks, ...numbers } = numberChunks(images * sizeOf(output));
  run('quantizedAdd', chunks, {
    ...{ a: address(inputs[0]), b: address(inputs[1]), y: address(made), ...numbers },
    ...{ aFactor: a.scale / output.scale, bFactor: b.scale / output.scale, aSigned: isSigned(a), bSigned: isSigned(b) },
    finishing: table(finishing(output)),
  });
}

function scaleChannels({ packed: { plan }, images, address, run, table }: Compiler, step: ScaleChannels): void {
  const [input, output] = [plan.values[step.input], plan.values[step.output]] as [Value, Value];
  const [height, width, channels] = imageOf(input);
  const pixels = images * height * width;
  const { chunks, perChunk } = pixelChunks(pixels, channels);
  run('quantizedScaleChannels', chunks, {
    ...{ x: address(step.input), gate: address(step.gate), y: address(step.output) },
    ...{ factor: input.scale / output.scale, signed: isSigned(input) },
    ...{ pixels, pixelsPerImage: height * width, channels, perChunk, finishing: table(finishing(output)) },
  });
}

function pool({ packed: { plan }, images, address, run, table }: Compiler, step: Pool): void {
  const [input, output] = [plan.values[step.input], plan.values[step.output]] as [Value, Value];
  const g = windowsOf(step, input, images);
  const windows = {
    ...{ x: address(step.input), y: address(step.output), signed: isSigned(input) },
    ...{ height: g.inHeight, width: g.inWidth, channels: imageOf(input)[2], outHeight: g.outHeight, outWidth: g.outWidth },
    ...{ filterHeight: g.kernelHeight, filterWidth: g.kernelWidth, strideHeight: g.strideHeight, strideWidth: g.strideWidth },
    ...{ top: g.top, left: g.left },
  };
  const lines = images * g.outHeight;
  if (step.kind === 'maxPool') run('quantizedMaxPool', lines, windows);
  else
    run('quantizedAveragePool', lines, {
      ...windows,
      ...{ ratio: step.ratio, countPadding: step.countPadding ? 1 : 0, floats: output.type === 'f32' ? 1 : 0 },
      finishing: table(finishing(output)),
    });
}

function sideBySide({ packed, images, address, run, table }: Compiler, step: Concat | Affine): void {
  const { values } = packed.plan;
  const output = values[step.output] as Value;
  const [height, width, channels] = imageOf(output);
  const pixels = images * height * width;
  const { chunks, perChunk } = pixelChunks(pixels, channels);
  const sources = step.inputs.flatMap((id) => {
    const value = values[id] as Value;
    const isSame = value.type === output.type && value.scale === output.scale;
    return [address(id), imageOf(value)[2], isSigned(value), isSame ? 0 : floatBits(value.scale / output.scale)];
  });
  const call = {
    ...{ sources: table(sources), sourceCount: step.inputs.length, y: address(step.output), pixels, channels, perChunk },
    finishing: table(finishing(output)),
  };
  if (step.kind === 'concat') run('quantizedConcat', chunks, call);
  else run('quantizedAffine', chunks, { ...call, ...packed.affine(step) });
}
