import type { FitEvent } from '@resnetjs/train';
import { lineChart, type Series } from '../charts/line-chart.ts';
import { smoothed } from '../charts/smoothed.ts';
import { element } from '../element.ts';

/** Loss and accuracy of one training. */
export interface TrainingCharts {
  readonly root: HTMLElement;
  add(event: FitEvent): void;
  dispose(): void;
}

const SERIES: readonly Series[] = [
  { label: 'photos it learns from', colour: '--series-green' },
  { label: 'photos put aside', colour: '--series-orange', dash: [8, 4] },
];

/** Values by step: of the photos it learns from at each, smoothed; of those put aside after each round. */
interface Course {
  readonly learning: number[];
  readonly aside: (number | null)[];
  readonly smooth: (value: number) => number;
}

export function trainingCharts(): TrainingCharts {
  const loss = lineChart({ title: 'Loss, smoothed over some ten steps', x: 'step', y: 'loss', series: SERIES });
  const accuracy = lineChart({ title: 'Share it gets right', x: 'step', y: 'share', series: SERIES, range: [0, 1.02] });
  const courses = { loss: course(), accuracy: course() };

  const show = () => {
    const x = courses.loss.learning.map((_, i) => i + 1);
    for (const [chart, { learning, aside }, write] of [
      [loss, courses.loss, (value: number) => value.toFixed(2)],
      [accuracy, courses.accuracy, (value: number) => `${Math.round(value * 100)} %`],
    ] as const) {
      const [now, measured] = [learning.at(-1), aside.findLast((value) => value !== null)];
      const words = [
        now === undefined ? '' : `${write(now)} of the photos it learns from`,
        measured === undefined || measured === null ? '' : `${write(measured)} of those put aside`,
      ];
      const summary = `after ${x.length} steps ${words.filter(Boolean).join(', ')}`;
      chart.show({ x, values: [learning, x.map((_, i) => aside[i] ?? null)], summary });
    }
  };
  return {
    root: element('div', { className: 'charts' }, loss.root, accuracy.root),
    add(event) {
      if (event.type === 'step') {
        for (const key of ['loss', 'accuracy'] as const) courses[key].learning.push(courses[key].smooth(event[key]));
      } else if (event.type === 'epoch' && event.summary.validation) {
        for (const key of ['loss', 'accuracy'] as const) courses[key].aside[event.summary.step - 1] = event.summary.validation[key];
      } else return;
      show();
    },
    dispose() {
      loss.dispose();
      accuracy.dispose();
    },
  };
}

const course = (): Course => ({ learning: [], aside: [], smooth: smoothed() });
