import { element } from '../element.ts';

/** `waiting`: photos are on their way, and training cannot begin before they have come. */
export type TrainingState = 'ready' | 'waiting' | 'running';

export interface TrainingForm {
  readonly root: HTMLElement;
  show(state: TrainingState): void;
  /** Whether mirrored photos are learned from too. */
  setMirror(mirror: boolean): void;
}

/** How long it is trained, and when. */
export function trainingForm({
  onTrain,
  onStop,
}: {
  onTrain(options: { epochs: number; mirror: boolean }): void;
  onStop(): void;
}): TrainingForm {
  const epochs = element('select', {}, ...[2, 5, 10, 20, 40].map((value) => element('option', { value: String(value) }, String(value))));
  epochs.value = '10';
  const mirror = element('input', { type: 'checkbox', checked: true });
  const train = element('button', { type: 'submit', className: 'primary' }, 'Train');
  const stop = element('button', { type: 'button', hidden: true }, 'Stop');
  const root = element(
    'form',
    { className: 'training-form' },
    element('label', {}, 'Rounds over the photos ', epochs),
    element('label', { className: 'check' }, mirror, element('span', {}, 'A mirrored photo shows the same thing')),
    element('div', { className: 'actions' }, train, stop),
  );
  root.addEventListener('submit', (event) => {
    event.preventDefault();
    onTrain({ epochs: Number(epochs.value), mirror: mirror.checked });
  });
  stop.addEventListener('click', onStop);
  return {
    root,
    setMirror(checked) {
      mirror.checked = checked;
    },
    show(state) {
      const hadFocus = document.activeElement === train || document.activeElement === stop;
      train.hidden = state === 'running';
      train.disabled = state === 'waiting';
      stop.hidden = state !== 'running';
      if (hadFocus) (state === 'running' ? stop : train).focus(); // or the keyboard would be left at the top of the page
    },
  };
}
