import type { FoldedPass, Predictor } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { floatPass } from './calibrate/float-pass.ts';
import type { Quantized } from './quantize.ts';
import type { LayerReport } from './report.ts';

export interface AutoOptions {
  /** What must be reached: a share of the images that are classified as in float, or what `measure` gives. */
  readonly atLeast: number;
  /**
   * What is measured of a network, more being better: its accuracy on images with labels, say. By default the share of calibration
   * images for which its most probable class is that of the model in float.
   */
  readonly measure?: (network: Predictor) => number | Promise<number>;
  /** Without `measure`: on so many of the images. Default 256. */
  readonly images?: number;
}

interface Search {
  readonly auto: AutoOptions;
  /** Layers that stay in float anyway. */
  readonly chosen: ReadonlySet<string>;
  readonly make: (inFloat: ReadonlySet<string>) => Promise<Quantized>;
  readonly pass: FoldedPass;
  readonly images: readonly tf.Tensor[];
}

/**
 * Leaves layers in float until the network is good enough: those in which most is lost, 1, 2, 4, … of them, then as few of the last
 * doubling as suffice.
 *
 * @returns the network; the one that was given is disposed unless it is good enough.
 */
export async function leaveInFloat(all: Quantized, { auto, chosen, make, pass, images }: Search): Promise<Quantized> {
  const measure = auto.measure ?? (await agreement(pass, images));
  const order = byLoss(all.report);
  let best = all;
  if ((await measure(all)) >= auto.atLeast || order.length === 0) return all;
  const attempt = async (count: number): Promise<Quantized | undefined> => {
    const made = await make(new Set([...chosen, ...order.slice(0, count)]));
    if ((await measure(made)) >= auto.atLeast) return made;
    if (count === order.length) return made; // all is float that can be
    made.dispose();
    return undefined;
  };
  let tooFew = 0;
  let enough = 1;
  for (; ; enough = Math.min(enough * 2, order.length)) {
    const made = await attempt(enough);
    if (made) {
      all.dispose();
      best = made;
      break;
    }
    tooFew = enough;
  }
  while (enough - tooFew > 1) {
    const count = (tooFew + enough) >> 1;
    const made = await attempt(count);
    if (made) {
      best.dispose();
      best = made;
      enough = count;
    } else tooFew = count;
  }
  return best;
}

/** Layers by how much of the signal's distance to the noise is lost from the layer before to them, most first. */
function byLoss(report: readonly LayerReport[]): string[] {
  const quantized = report.filter(({ computedIn }) => computedIn === 'int8');
  const lost = report.map(({ signalToNoiseDb }, i) => (report[i - 1]?.signalToNoiseDb ?? 60) - signalToNoiseDb);
  return quantized
    .map((layer) => ({ name: layer.name, lost: lost[report.indexOf(layer)] as number }))
    .sort((a, b) => b.lost - a.lost)
    .map(({ name }) => name);
}

/** Measures how often a network's most probable class is that of a pass in float. */
async function agreement(pass: FoldedPass, images: readonly tf.Tensor[]): Promise<(network: Predictor) => Promise<number>> {
  const float = floatPass(pass);
  const expected: number[] = [];
  try {
    for (const batch of images) expected.push(...(await classesOf(await float.run(batch))));
  } finally {
    float.dispose();
  }
  return async (network) => {
    let equal = 0;
    let i = 0;
    for (const batch of images) for (const index of await classesOf(network.forward(batch, 'eval'))) if (index === expected[i++]) equal++;
    return equal / expected.length;
  };
}

/** The largest output of each image, whose tensor is freed. */
async function classesOf(logits: tf.Tensor): Promise<Int32Array> {
  const index = tf.argMax(logits, -1);
  logits.dispose();
  try {
    return (await index.data()) as Int32Array;
  } finally {
    index.dispose();
  }
}
