import { element } from '../element.ts';

/** A photo for those who have none at hand. */
export interface Sample {
  readonly title: string;
  load(): Promise<File>;
}

export interface PhotoInputOptions {
  readonly onPhoto: (file: File) => void;
  readonly samples: readonly Sample[];
  /** Shown before the samples: other ways to a photo. */
  readonly buttons?: readonly HTMLElement[];
  /** Told why a sample cannot be had. */
  readonly onFailed: (why: string) => void;
}

export interface PhotoInput {
  readonly root: HTMLElement;
  /** Shows that files are held over the page. */
  showHeld(held: boolean): void;
}

/** Takes a photo by file dialog or from the samples; what is dropped or pasted is the page's to take. */
export function photoInput({ onPhoto, onFailed, samples, buttons = [] }: PhotoInputOptions): PhotoInput {
  const picker = element('input', { type: 'file', id: 'photo', accept: 'image/*' });
  picker.addEventListener('change', () => {
    const [file] = picker.files ?? [];
    picker.value = ''; // so that the same photo can be chosen again
    if (file) onPhoto(file);
  });
  const drop = element(
    'label',
    { className: 'drop', for: 'photo' },
    element('strong', {}, 'Choose a photo'),
    element('span', {}, 'or drop it here, or paste it'),
    picker,
  );
  const sampleButtons = samples.map(({ title, load }) => {
    const button = element('button', { type: 'button' }, title);
    button.addEventListener('click', () => load().then(onPhoto, (error: unknown) => onFailed((error as Error).message)));
    return button;
  });
  return {
    root: element('div', { className: 'photo-input' }, drop, element('div', { className: 'samples' }, ...buttons, ...sampleButtons)),
    showHeld: (held) => drop.classList.toggle('over', held),
  };
}
