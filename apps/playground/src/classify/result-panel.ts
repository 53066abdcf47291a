import { element } from '../element.ts';
import type { Classification } from '../network/classifier.ts';
import { predictionBars } from './prediction-bars.ts';
import { seenPixels } from './seen-pixels.ts';
import { stageTimes } from './stage-times.ts';

/** The photo, what the network got of it, what it takes it for, and how long that took. */
export interface ResultPanel {
  readonly root: HTMLElement;
  /** Shows a photo while the network looks at it. */
  showPhoto(file: File): void;
  /** @param ranOn what computed it, in words */
  showClassification(classification: Classification, name: string, ranOn: string): void;
  clear(): void;
}

export function resultPanel(): ResultPanel {
  const photo = element('img', { alt: '' });
  const seen = element('div', { className: 'seen' });
  const bars = element('div', { className: 'bars' });
  const root = element('div', { className: 'result', hidden: true }, element('div', { className: 'pictures' }, photo, seen), bars);
  const clear = () => {
    URL.revokeObjectURL(photo.src);
    photo.removeAttribute('src');
    seen.replaceChildren();
    bars.replaceChildren();
    root.hidden = true;
  };
  return {
    root,
    clear,
    showPhoto(file) {
      clear();
      photo.src = URL.createObjectURL(file);
      photo.alt = `Your photo ${file.name}`;
      root.hidden = false;
    },
    showClassification({ predictions, seen: image, times }, name, ranOn) {
      seen.replaceChildren(seenPixels(image));
      bars.replaceChildren(predictionBars(predictions, `What ${name} is taken for`), stageTimes(times, ranOn));
    },
  };
}
