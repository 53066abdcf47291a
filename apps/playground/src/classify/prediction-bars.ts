import type { Prediction } from '@resnetjs/core';
import { element } from '../element.ts';

/** Guesses as a list, best first: label, probability, and a bar of it. */
export const predictionBars = (predictions: readonly Prediction[], title: string): HTMLElement =>
  element('ol', { 'aria-label': title }, ...predictions.map(predictionBar));

function predictionBar({ label, probability }: Prediction): HTMLElement {
  const fill = element('div', { className: 'fill' });
  fill.style.width = `${probability * 100}%`;
  return element(
    'li',
    { 'data-label': label, 'data-probability': probability },
    element('span', { className: 'label' }, label),
    element('span', { className: 'probability' }, `${(probability * 100).toFixed(1)} %`),
    element('div', { className: 'bar', 'aria-hidden': 'true' }, fill),
  );
}
