import { lineChart } from '../charts/line-chart.ts';
import { smoothed } from '../charts/smoothed.ts';
import { element } from '../element.ts';
import type { ComparisonOptions, ComparisonStep } from './comparison.ts';
import { NET_KINDS } from './net-kinds.ts';
import type { NetKind } from './nets.ts';

/** Loss curves, gradients layer by layer, and the same as a table; of one run. */
export interface ComparisonCharts {
  readonly root: HTMLElement;
  add(step: ComparisonStep): void;
  dispose(): void;
}

/** What is known of one net so far. */
interface Course {
  readonly kind: NetKind;
  /** Smoothed, by step. */
  readonly losses: (number | null)[];
  readonly smooth: (loss: number) => number;
  last?: ComparisonStep;
}

export function comparisonCharts({ nets, depth }: ComparisonOptions): ComparisonCharts {
  const courses: Course[] = nets.map((kind) => ({ kind, losses: [], smooth: smoothed() }));
  const series = nets.map((kind) => NET_KINDS[kind]);
  const lossChart = lineChart({ title: 'Loss, smoothed over some ten steps', x: 'step', y: 'loss', series });
  const gradientChart = lineChart({
    title: 'Gradient in each layer, now',
    x: 'layer, from the image on',
    y: 'length of the gradient',
    series,
    logarithmic: true,
  });
  const rows = new Map(nets.map((kind) => [kind, element('tr')]));
  const table = element(
    'table',
    {},
    element('caption', {}, 'The same in numbers'),
    element('thead', {}, element('tr', {}, ...HEADS.map((head) => element('th', { scope: 'col' }, head)))),
    element('tbody', {}, ...rows.values()),
  );
  const layers = Array.from({ length: depth }, (_, i) => i + 1);

  const show = () => {
    const steps = Math.max(...courses.map(({ losses }) => losses.length));
    lossChart.show({
      x: Array.from({ length: steps }, (_, i) => i + 1),
      values: courses.map(({ losses }) => Array.from({ length: steps }, (_, i) => losses[i] ?? null)),
      summary: `after ${steps} steps ${courses.map(({ kind, losses }) => `${NET_KINDS[kind].label} ${losses.at(-1)?.toFixed(2) ?? 'not begun'}`).join(', ')}`,
    });
    const begun = courses.flatMap(({ last, kind }) => (last ? [{ kind, norms: last.gradientNorms }] : []));
    gradientChart.show({
      x: layers,
      // A layer without any gradient has no place on a scale of powers of ten.
      values: courses.map(({ last }) => layers.map((_, i) => positive(last?.gradientNorms[i]))),
      summary: begun
        .map(({ kind, norms }) => `${NET_KINDS[kind].label} ${number(norms[0])} in the first layer, ${number(norms.at(-1))} in the last`)
        .join('; '),
    });
  };

  return {
    root: element(
      'div',
      {},
      element('div', { className: 'charts' }, lossChart.root, gradientChart.root),
      element('div', { className: 'table', role: 'region', tabIndex: 0, 'aria-label': 'The same in numbers' }, table),
    ),
    add(step) {
      const course = courses.find(({ kind }) => kind === step.net);
      if (!course) return;
      course.last = step;
      if (Number.isFinite(step.loss)) course.losses.push(course.smooth(step.loss));
      rows.get(step.net)?.replaceChildren(...cells(course, step));
      show();
    },
    dispose() {
      lossChart.dispose();
      gradientChart.dispose();
    },
  };
}

const HEADS = ['Net', 'Parameters', 'Step', 'Loss', 'Gradient, first layer', 'Gradient, last layer', 'Time a step'] as const;

const cells = ({ kind, losses }: Course, { step, loss, gradientNorms, parameters, seconds }: ComparisonStep): HTMLElement[] => [
  element('th', { scope: 'row' }, NET_KINDS[kind].label),
  ...[
    parameters.toLocaleString('en'),
    String(step),
    Number.isFinite(loss) ? (losses.at(-1)?.toFixed(3) ?? '') : 'diverged',
    number(gradientNorms[0]),
    number(gradientNorms.at(-1)),
    `${Math.round(seconds * 1000)} ms`,
  ].map((text) => element('td', {}, text)),
];

const positive = (value: number | undefined): number | null => (value !== undefined && value > 0 && Number.isFinite(value) ? value : null);

/** Two digits of anything from vanishing to exploding. */
const number = (value: number | undefined): string =>
  value === undefined
    ? '–'
    : value !== 0 && (value < 0.01 || value >= 1000)
      ? value.toExponential(1)
      : String(Number(value.toPrecision(2)));
