import { isSoft, type Targets } from '../losses/targets.ts';

/** The place of the largest value, the first of equals; NaN is never the largest. */
export function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number) || Number.isNaN(values[best])) best = i;
  return best;
}

/** How many classes are ranked before `label`; all of them where its logit is NaN. */
export function rankOf(logits: ArrayLike<number>, label: number): number {
  const own = logits[label] as number;
  if (Number.isNaN(own)) return logits.length;
  let rank = 0;
  for (let i = 0; i < logits.length; i++) {
    const other = logits[i] as number;
    if (other > own || (other === own && i < label)) rank++;
  }
  return rank;
}

/** How many rows of logits `[images,classes]` have their target's class, or its likeliest one, first. */
export function countCorrect(logits: Float32Array, targets: Targets, images: number): number {
  const classes = logits.length / images;
  let correct = 0;
  for (let i = 0; i < images; i++) {
    const label = isSoft(targets) ? argMax(targets.subarray(i * classes, (i + 1) * classes)) : (targets[i] as number);
    if (rankOf(logits.subarray(i * classes, (i + 1) * classes), label) === 0) correct++;
  }
  return correct;
}
