import type { Calibration, ClassScore, ConfusedImages, Confusion, Evaluation, Mistake } from './evaluation.ts';
import { argMax, rankOf } from './ranking.ts';

export interface TallyOptions {
  readonly classes: readonly string[];
  readonly topK: readonly number[];
  readonly bins: number;
  /** How many of the worst images, and of the most confused pairs, are kept. */
  readonly worst: number;
  /** How many images of each pair of classes that are mixed up are named. Default none. */
  readonly examples?: number;
}

/** Adds up an evaluation image by image; memory does not grow with the images. */
export interface Tally {
  /** @param index the image's place in the dataset */
  add(logits: Float32Array, label: number, index: number): void;
  /** @param loss instead of the mean cross-entropy */
  total(loss?: number): Evaluation;
}

export function tally({ classes, topK, bins, worst, examples = 0 }: TallyOptions): Tally {
  const confusion = classes.map(() => classes.map(() => 0));
  const inTop = topK.map(() => 0);
  const byConfidence = Array.from({ length: bins }, () => ({ images: 0, confidence: 0, correct: 0 }));
  const mixedUp = new Map<string, number[]>();
  let mistakes: Mistake[] = [];
  let images = 0;
  let lossSum = 0;
  return {
    add(logits, label, index) {
      const { predicted, probability, loss, confidence } = judge(logits, label);
      const rank = rankOf(logits, label);
      images++;
      lossSum += loss;
      (confusion[label] as number[])[predicted] = (confusion[label]?.[predicted] ?? 0) + 1;
      for (const [i, k] of topK.entries()) if (rank < k) inTop[i] = (inTop[i] as number) + 1;
      // A confidence of exactly an edge is in the bin below it, as in Guo et al.'s code.
      const bin = byConfidence[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))] ?? byConfidence[0];
      if (bin) {
        bin.images++;
        bin.confidence += confidence;
        bin.correct += Number(rank === 0);
      }
      if (predicted !== label && examples > 0) {
        const cell = `${label},${predicted}`;
        const named = mixedUp.get(cell) ?? [];
        if (named.length < examples) mixedUp.set(cell, [...named, index]);
      }
      mistakes.push({ index, label, predicted, probability, loss });
      if (mistakes.length > 2 * worst + 16) mistakes = worstOf(mistakes, worst);
    },
    total: (loss) => ({
      images,
      loss: loss ?? lossSum / images,
      topK: Object.fromEntries(topK.map((k, i) => [k, (inTop[i] as number) / images])),
      classes: scores(classes, confusion),
      confusion: confusion.map((row) => [...row]),
      mostConfused: pairs(confusion).slice(0, worst),
      calibration: calibrate(byConfidence, images),
      worst: worstOf(mistakes, worst),
      ...(examples > 0 && {
        examples: pairs(confusion).map(
          ({ actual, predicted }): ConfusedImages => ({ actual, predicted, indices: mixedUp.get(`${actual},${predicted}`) ?? [] }),
        ),
      }),
    }),
  };
}

/** Cross-entropy and probabilities of one row of logits, in double precision. */
function judge(logits: Float32Array, label: number) {
  const predicted = argMax(logits);
  const top = logits[predicted] as number;
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - top);
  const loss = Math.log(total) + top - (logits[label] as number);
  return { predicted, loss, probability: Math.exp(-loss), confidence: 1 / total };
}

// NaN is worse than any number.
const worstOf = (mistakes: readonly Mistake[], count: number): Mistake[] =>
  mistakes
    .toSorted((a, b) => (Number.isNaN(b.loss) ? 1 : 0) - (Number.isNaN(a.loss) ? 1 : 0) || b.loss - a.loss || a.index - b.index)
    .slice(0, count);

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

function scores(classes: readonly string[], confusion: readonly number[][]): ClassScore[] {
  return classes.map((name, c) => {
    const images = (confusion[c] ?? []).reduce((sum, count) => sum + count, 0);
    const predicted = confusion.reduce((sum, row) => sum + (row[c] as number), 0);
    const correct = confusion[c]?.[c] ?? 0;
    return { name, images, recall: share(correct, images), precision: share(correct, predicted) };
  });
}

const pairs = (confusion: readonly number[][]): Confusion[] =>
  confusion
    .flatMap((row, actual) => row.map((images, predicted) => ({ actual, predicted, images })))
    .filter(({ actual, predicted, images }) => actual !== predicted && images > 0)
    .sort((a, b) => b.images - a.images);

function calibrate(bins: readonly { images: number; confidence: number; correct: number }[], images: number): Calibration {
  const means = bins.map((bin) => ({
    images: bin.images,
    confidence: share(bin.confidence, bin.images),
    accuracy: share(bin.correct, bin.images),
  }));
  const ece = means.reduce((sum, bin) => sum + share(bin.images, images) * Math.abs(bin.confidence - bin.accuracy), 0);
  return { ece, bins: means };
}
