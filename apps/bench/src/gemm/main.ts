import { useWasm } from '@resnetjs/backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import Table from 'cli-table3';
import { Command } from 'commander';
import { median } from '../median.ts';
import { start, wholeFrom } from '../start.ts';
import { simdPeak } from './simd-peak.ts';

/** 1x1 convolutions of ResNet-50 and ResNeXt-50: the matrix multiplication and nothing else. Pixels a side, channels in and out. */
const SHAPES = [
  [56, 64, 256],
  [56, 256, 64],
  [28, 512, 256],
  [14, 512, 1024],
  [7, 1024, 2048],
] as const;
const PASSES = 100_000;
/** Convolutions of a recorded pass: JavaScript and the copies of input and result are beside them what they are in a network. */
const TIMES = 10;

/** @returns GFLOPS of work that says how many operations it did. */
function gflops(work: () => number): number {
  const start = performance.now();
  return work() / (performance.now() - start) / 1e6;
}

const command = new Command('bench:gemm')
  .description("Measures the matrix multiplication's GFLOPS on one thread beside the peak of 128-bit SIMD, interleaved.")
  .option('--rounds <count>', 'rounds in which each is measured in turn', wholeFrom(1), 30)
  .action(async ({ rounds }: { rounds: number }) => {
    const { relaxedSimd } = await useWasm({ threads: 1 });
    const peak = await simdPeak({ fused: relaxedSimd });
    const convolutions = SHAPES.map(([side, inChannels, outChannels]) => {
      const x = tf.randomNormal<tf.Rank.R4>([1, side, side, inChannels], 0, 1, 'float32', 1);
      const filter = tf.randomNormal<tf.Rank.R4>([1, 1, inChannels, outChannels], 0, 1, 'float32', 2);
      const owner = tf.scalar(0);
      const forward = (image: tf.Tensor4D) => {
        let y = tf.conv2d(image, filter, 1, 'valid');
        for (let i = 1; i < TIMES; i++) {
          y.dispose();
          y = tf.conv2d(image, filter, 1, 'valid');
        }
        return y;
      };
      const run = () => {
        tf.dispose(tf.engine().runKernel('ResNetRecordedPass', { x, owner }, { forward } as unknown as tf.NamedAttrMap));
        return TIMES * 2 * side * side * inChannels * outChannels;
      };
      return { shape: `${side}x${side}, ${inChannels} to ${outChannels}`, run, figures: [] as number[] };
    });
    const peaks: number[] = [];
    for (let round = -5; round < rounds; round++) {
      const now = gflops(() => peak(PASSES));
      const figures = convolutions.map(({ run }) => gflops(run));
      if (round < 0) continue; // V8 still compiles
      peaks.push(now);
      for (const [i, figure] of figures.entries()) convolutions[i]?.figures.push(figure);
    }
    const rows = new Table({ head: ['1x1 convolution', 'GFLOPS', 'best', 'of the peak'], style: { head: [] } });
    rows.push([relaxedSimd ? 'peak, fused' : 'peak', median(peaks).toFixed(1), Math.max(...peaks).toFixed(1), '']);
    for (const { shape, figures } of convolutions) {
      const shares = figures.map((figure, i) => figure / (peaks[i] as number));
      rows.push([shape, median(figures).toFixed(1), Math.max(...figures).toFixed(1), `${Math.round(100 * median(shares))} %`]);
    }
    console.log(`Node ${process.versions.node}, ${relaxedSimd ? 'relaxed ' : ''}SIMD, 1 thread\n${rows.toString()}`);
  });

await start(command);
