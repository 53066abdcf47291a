import { type FoldedPass, foldedPass, formatShape, type Module, ShapeError } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { type AutoOptions, leaveInFloat } from './auto.ts';
import { observe, scalesOf } from './calibrate/calibrate.ts';
import type { Calibration } from './calibrate/thresholds.ts';
import { type Images, tensorsOf } from './images.ts';
import { chosenLayers, type LayerChoice } from './layer-choice.ts';
import { lower } from './lower/lower.ts';
import { type QuantizedPredictor, quantizedPredictor } from './predictor.ts';
import { QuantizeError } from './quantize-error.ts';
import { type LayerReport, reportOn } from './report.ts';

export interface QuantizeOptions {
  /** Images such as the network will see, prepared: a few hundred, all of one size. */
  readonly images: Images;
  /** How scales are chosen by what the images make of every layer. Default `'meanSquaredError'`. */
  readonly calibration?: Calibration;
  /** Of `'percentile'`: this much of all values, in percent, is not clamped. Default 99.99. */
  readonly percentile?: number;
  /** Layers that are not quantized. */
  readonly float?: readonly LayerChoice[];
  /** Leaves more layers in float, those that 8 bits hurt most first, until what is measured is good enough. */
  readonly auto?: AutoOptions;
  readonly onProgress?: (progress: QuantizeProgress) => void;
  readonly signal?: AbortSignal;
}

export interface QuantizeProgress {
  /** `observe`: images are run in float. `measure`: what 8 bits change is looked at; with `auto`, how many layers are left in float by now. */
  readonly stage: 'observe' | 'measure';
  readonly done: number;
}

/** A network in 8 bits, with what was found when it was made. */
export interface Quantized extends QuantizedPredictor {
  /** Of each convolution, linear layer and norm, in the order in which they run. */
  readonly report: readonly LayerReport[];
}

/** So many pixels, and so many images at most, are looked at for the report. */
const REPORTED_PIXELS = 4 * 224 * 224;
const REPORTED_IMAGES = 32;

/**
 * Makes a network of 8-bit integers of a model: batch norms folded, weights symmetric with a scale for each output channel, activations
 * with one scale each, which is chosen by what images make of them. It is for images of the size that they have.
 *
 * @param model with values, in the state in which it shall predict; it is not changed and not needed afterwards.
 * @returns the caller disposes it.
 * @throws QuantizeError without images, and where weights or what images make of a layer are not finite.
 */
export async function quantize(
  model: Module,
  { images, calibration = 'meanSquaredError', percentile = 99.99, float = [], auto, onProgress, signal }: QuantizeOptions,
): Promise<Quantized> {
  if (!(percentile > 0 && percentile <= 100))
    throw new QuantizeError(`percentile: expected more than 0 and at most 100 but received ${percentile}.`);
  const batches = tensorsOf(images);
  const kept: tf.Tensor[] = [];
  try {
    const first = await batches.next();
    if (first.done)
      throw new QuantizeError('quantize: no images came. Give a few hundred such as the network will see: scales are chosen by them.');
    if (first.value.shape.length < 2 || first.value.shape.includes(0))
      throw new ShapeError(`quantize: expected images [N,H,W,C] but received ${formatShape(first.value.shape)}.`);
    const pass = await foldedPass(model, [1, ...first.value.shape.slice(1)]);
    checkFinite(pass);
    const chosen = chosenLayers(pass, float);

    let held = 0;
    const most = auto && !auto.measure ? (auto.images ?? AUTO_IMAGES) : Math.min(REPORTED_IMAGES, reportable(first.value));
    const watched = async function* (): AsyncGenerator<tf.Tensor> {
      for (let batch = first.value as tf.Tensor | undefined; batch; ) {
        signal?.throwIfAborted();
        if (held < most) {
          const taken = Math.min(batch.shape[0] as number, most - held);
          kept.push(tf.slice(batch, 0, taken));
          held += taken;
        }
        yield batch;
        const next = await batches.next();
        batch = next.done ? undefined : next.value;
      }
    };
    const observed = await observe(pass, watched(), (done) => onProgress?.({ stage: 'observe', done }));
    const scales = scalesOf(observed, { calibration, percentile });
    const few = tf.tidy(() => tf.slice(tf.concat(kept), 0, Math.min(held, REPORTED_IMAGES, reportable(kept[0] as tf.Tensor))));
    kept.push(few);

    const make = async (inFloat: ReadonlySet<string>): Promise<Quantized> => {
      signal?.throwIfAborted();
      onProgress?.({ stage: 'measure', done: inFloat.size });
      const lowered = lower(pass, scales, (name) => inFloat.has(name));
      const report = await reportOn(pass, lowered, { observed, images: few });
      return { ...quantizedPredictor(lowered.plan, model.kind), report };
    };
    const made = await make(chosen);
    if (!auto) return made;
    return await leaveInFloat(made, { auto, chosen, make, pass, images: kept.slice(0, -1) });
  } finally {
    tf.dispose(kept);
    await batches.return(undefined);
  }
}

/** By default so many images are kept to see whether float and 8 bits agree. */
const AUTO_IMAGES = 256;

const reportable = ({ shape: [, h = 1, w = 1] }: tf.Tensor): number => Math.max(1, Math.floor(REPORTED_PIXELS / (h * w)));

/** @throws QuantizeError naming every array that holds NaN or infinity. */
function checkFinite({ steps }: FoldedPass): void {
  const arrays = steps.flatMap((step): { readonly name: string; readonly data: Float32Array }[] => {
    if (step.kind === 'conv') return [step.filter, step.bias];
    if (step.kind === 'operation') return step.operands.filter((operand) => typeof operand !== 'number');
    return [
      { name: `${step.name}.weight`, data: step.scale },
      { name: `${step.name}.bias`, data: step.shift },
    ];
  });
  const bad = arrays.filter(({ data }) => !data.every(Number.isFinite)).map(({ name }) => name);
  if (bad.length > 0)
    throw new QuantizeError(`NaN or infinite weights, norms folded in: ${bad.join(', ')}. Such a network cannot be quantized.`);
}
