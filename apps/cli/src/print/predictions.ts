import type { Prediction } from '@resnetjs/core';
import { bar } from './bar.ts';
import type { Paint } from './paint.ts';
import { percent } from './quantities.ts';

const MAX_BAR = 40;
const MAX_LABEL = 32;

export interface PredictionsOptions {
  readonly paint: Paint;
  /** Of the screen, in characters. */
  readonly width?: number;
}

/** One line a guess: label, probability, bar. The first is set off from the rest. */
export function predictionLines(predictions: readonly Prediction[], { paint, width = 80 }: PredictionsOptions): string {
  const labels = predictions.map(({ label }) => (label.length > MAX_LABEL ? `${label.slice(0, MAX_LABEL - 1)}…` : label));
  const labelWidth = Math.max(...labels.map((label) => label.length));
  const barWidth = Math.max(8, Math.min(MAX_BAR, width - labelWidth - 16));
  return predictions
    .map(({ probability }, i) => {
      const label = (labels[i] as string).padEnd(labelWidth);
      const value = percent(probability, 1).padStart(7);
      const drawn = bar(probability, barWidth);
      const gap = drawn === '' ? '' : '  ';
      return i === 0
        ? `  ${paint.bold(label)}  ${paint.bold(value)}${gap}${paint.green(drawn)}\n`
        : `  ${label}  ${value}${gap}${paint.dim(drawn)}\n`;
    })
    .join('');
}
