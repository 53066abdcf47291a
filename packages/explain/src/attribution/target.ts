import { ExplainError } from '../explain-error.ts';
import type { Explainable } from '../explainable.ts';
import { offer } from '../pass/layer.ts';

/** A class: its place in the network's output, or its name. */
export type Target = number | string;

/** What a network's outputs stand for. */
export interface Classes {
  readonly count: number;
  /** A network of one output with two labels answers no, the first, or yes. */
  readonly isQuestion: boolean;
  readonly labels: readonly string[];
  readonly identifiers: readonly string[];
}

export function classesOf({ labels = [], identifiers = [] }: Pick<Explainable, 'labels' | 'identifiers'>, outputs: number): Classes {
  const isQuestion = outputs === 1 && labels.length === 2;
  return { count: isQuestion ? 2 : outputs, isQuestion, labels, identifiers };
}

export const labelOf = ({ labels }: Classes, index: number): string => labels[index] ?? String(index);

/**
 * The place of a class: of a name all of a label, one of its synonyms (`tabby, tabby cat`), an identifier, or a word in one label alone.
 *
 * @throws ExplainError for a number that no class has, a name that none has, or that several have.
 */
export function targetIndex(target: Target, classes: Classes): number {
  const { count, labels, identifiers } = classes;
  if (typeof target === 'number') {
    if (Number.isInteger(target) && target >= 0 && target < count) return target;
    throw new ExplainError(`target ${target}: the network has ${count} class${count === 1 ? '' : 'es'}, 0 to ${count - 1}.`);
  }
  if (labels.length === 0)
    throw new ExplainError(
      `target '${target}': the network's classes have no names here. Give a number from 0 to ${count - 1}, or labels.`,
    );
  const wanted = target.trim().toLowerCase();
  const whole = [...labels, ...identifiers].findIndex((label) => label.toLowerCase() === wanted);
  if (whole >= 0) return whole % labels.length;
  const places = (fits: (label: string) => boolean): number[] => labels.flatMap((label, i) => (fits(label.toLowerCase()) ? [i] : []));
  const synonyms = places((label) => label.split(',').some((name) => name.trim() === wanted));
  const found = synonyms.length > 0 ? synonyms : places((label) => label.split(/[^\p{L}\p{N}]+/u).includes(wanted));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1)
    throw new ExplainError(
      `target '${target}': ${found.length} classes are called so. Take one by its whole name or number: ${found
        .slice(0, 8)
        .map((i) => `${labels[i]} (${i})`)
        .join('; ')}${found.length > 8 ? '; …' : ''}.`,
    );
  throw new ExplainError(`target '${target}': the network has no class of that name. ${offer(target, labels)}`);
}

/** A target's score of an image's outputs: its logit. */
export const scoreOf = (logits: ArrayLike<number>, target: number, { isQuestion }: Classes): number =>
  isQuestion ? (target === 1 ? 1 : -1) * (logits[0] as number) : (logits[target] as number);

/** What a score is made of: the weight of each output in it. */
export function scoreWeights(target: number, outputs: number, { isQuestion }: Classes): Float32Array {
  const weights = new Float32Array(outputs);
  weights[isQuestion ? 0 : target] = isQuestion && target === 0 ? -1 : 1;
  return weights;
}

/** Softmax probability of a target; of a network of one output its sigmoid. */
export function probabilityOf(logits: ArrayLike<number>, target: number, classes: Classes): number {
  const score = scoreOf(logits, target, classes);
  if (logits.length === 1) return 1 / (1 + Math.exp(-score));
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp((logits[i] as number) - score);
  return 1 / sum;
}

/** The class that an image is taken for. */
export function bestOf(logits: ArrayLike<number>, { isQuestion }: Classes): number {
  if (isQuestion) return (logits[0] as number) > 0 ? 1 : 0;
  let best = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] as number) > (logits[best] as number)) best = i;
  return best;
}
