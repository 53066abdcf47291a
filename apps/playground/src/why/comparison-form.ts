import { element } from '../element.ts';
import type { ComparisonOptions } from './comparison.ts';
import { NET_KINDS } from './net-kinds.ts';
import type { NetKind } from './nets.ts';

export interface ComparisonForm {
  readonly root: HTMLElement;
  /** Lets it be started, or stopped. */
  show(state: 'loading' | 'ready' | 'running'): void;
}

const DEFAULT_NETS: readonly NetKind[] = ['plain', 'residual'];
const SEED = 1;

/** Chooses what is compared. The defaults show the effect within a minute on two cores. */
export function comparisonForm(options: {
  onStart(options: ComparisonOptions): void;
  onStop(): void;
  /** Told why it cannot be started as it is. */
  onRefused(why: string): void;
}): ComparisonForm {
  const nets = (Object.keys(NET_KINDS) as NetKind[]).map((kind) => ({
    kind,
    box: element('input', { type: 'checkbox', name: 'net', value: kind, checked: DEFAULT_NETS.includes(kind) }),
  }));
  const depth = choice('depth', [6, 14, 26, 38, 54], 38);
  const rate = choice('rate', [0.01, 0.03, 0.1, 0.3], 0.1);
  const batch = choice('batch', [16, 32, 64], 32);
  const steps = choice('steps', [20, 100, 200, 500], 100);
  const norm = element('input', { type: 'checkbox', checked: true });
  const start = element('button', { type: 'submit', className: 'primary', disabled: true }, 'Start');
  const stop = element('button', { type: 'button', hidden: true }, 'Stop');
  const root = element(
    'form',
    { className: 'card comparison-form' },
    element(
      'fieldset',
      {},
      element('legend', {}, 'Nets'),
      ...nets.map(({ kind, box }) =>
        element(
          'label',
          { className: 'check' },
          box,
          element('span', {}, element('strong', {}, NET_KINDS[kind].label), `: ${NET_KINDS[kind].about}`),
        ),
      ),
    ),
    element(
      'div',
      { className: 'fields' },
      element('label', {}, 'Layers', depth),
      element('label', {}, 'Learning rate', rate),
      element('label', {}, 'Digits a step', batch),
      element('label', {}, 'Steps', steps),
    ),
    element('label', { className: 'check' }, norm, element('span', {}, element('strong', {}, 'Batch norm'), ' after each convolution')),
    element('div', { className: 'actions' }, start, stop),
  );
  root.addEventListener('submit', (event) => {
    event.preventDefault();
    const chosen = nets.filter(({ box }) => box.checked).map(({ kind }) => kind);
    if (chosen.length === 0) return options.onRefused('Choose at least one net.');
    options.onStart({
      nets: chosen,
      depth: Number(depth.value),
      batchNorm: norm.checked,
      learningRate: Number(rate.value),
      batchSize: Number(batch.value),
      steps: Number(steps.value),
      seed: SEED,
    });
  });
  stop.addEventListener('click', options.onStop);
  return {
    root,
    show(state) {
      const hadFocus = document.activeElement === start || document.activeElement === stop;
      start.disabled = state === 'loading';
      start.hidden = state === 'running';
      stop.hidden = state !== 'running';
      if (hadFocus) (state === 'running' ? stop : start).focus(); // or the keyboard would be left at the top of the page
    },
  };
}

const choice = (name: string, values: readonly number[], usual: number): HTMLSelectElement => {
  const made = element('select', { name }, ...values.map((value) => element('option', { value: String(value) }, String(value))));
  made.value = String(usual);
  return made;
};
