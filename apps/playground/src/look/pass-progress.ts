import { element } from '../element.ts';

/** How far a map is that takes many passes, and a way to end it. */
export interface PassProgress {
  readonly root: HTMLElement;
  /** @param isSlow whether it is worth showing */
  begin(isSlow: boolean): void;
  /** @param share 0 to 1 */
  show(share: number): void;
  end(): void;
}

export function passProgress(onStop: () => void): PassProgress {
  const bar = element('progress', { max: 1, value: 0, 'aria-label': 'How much of the map is computed' });
  const stop = element('button', { type: 'button' }, 'Stop');
  stop.addEventListener('click', onStop);
  const root = element('div', { className: 'pass-progress', hidden: true }, bar, stop);
  return {
    root,
    begin(isSlow) {
      bar.value = 0;
      root.hidden = !isSlow;
    },
    show(share) {
      bar.value = share;
    },
    end() {
      root.hidden = true;
    },
  };
}
