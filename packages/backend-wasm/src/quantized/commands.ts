import { type KernelArguments, type KernelName, kernelArguments } from '../kernel-arguments.ts';
import { pixelChunks, sizeOf } from '../ops/chunks.ts';
import type { Command } from '../recording.ts';
import { convolution } from './convolution.ts';
import { finishing, floatBits } from './finishing.ts';
import { windowsOf } from './geometry.ts';
import type { PackedPlan } from './packed-plan.ts';
import { type Affine, type Concat, imageOf, isSigned, type KernelStep, type Pool, type Value } from './plan.ts';

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
  const { images, packed } = compiler;
  const value = (id: number) => packed.plan.values[id] as Value;
  const output = value(step.output);
  const y = compiler.address(step.output);
  if (step.kind === 'conv') return convolution(compiler, step);
  if (step.kind === 'maxPool' || step.kind === 'averagePool') return pool(compiler, step);
  if (step.kind === 'concat' || step.kind === 'affine') return sideBySide(compiler, step);
  const { chunks, ...numbers } = numberChunks(images * sizeOf(output));
  if (step.kind === 'add') {
    const [a, b] = step.inputs.map(value) as [Value, Value];
    compiler.run('quantizedAdd', chunks, {
      ...{ a: compiler.address(step.inputs[0]), b: compiler.address(step.inputs[1]), y, ...numbers },
      ...{ aFactor: a.scale / output.scale, bFactor: b.scale / output.scale, aSigned: isSigned(a), bSigned: isSigned(b) },
      finishing: compiler.table(finishing(output)),
    });
    return;
  }
  const input = value(step.input);
  const x = compiler.address(step.input);
  if (step.kind === 'scaleChannels') {
    const [height, width, channels] = imageOf(input);
    const pixels = images * height * width;
    const cut = pixelChunks(pixels, channels);
    compiler.run('quantizedScaleChannels', cut.chunks, {
      ...{ x, gate: compiler.address(step.gate), y, factor: input.scale / output.scale, signed: isSigned(input) },
      ...{ pixels, pixelsPerImage: height * width, channels, perChunk: cut.perChunk, finishing: compiler.table(finishing(output)) },
    });
  } else if (step.kind === 'quantize')
    compiler.run('quantize', chunks, { x, y, ...numbers, scale: output.scale, finishing: compiler.table(finishing(output)) });
  else compiler.run('dequantize', chunks, { x, y, ...numbers, scale: input.scale, signed: isSigned(input) });
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
  if (step.kind === 'maxPool') return run('quantizedMaxPool', lines, windows);
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
