import { element } from '../element.ts';

export interface PhotoInputOptions {
  readonly onPhoto: (file: File) => void;
  /** Told why what was dropped or pasted is no photo. */
  readonly onRefused: (why: string) => void;
  /** A photo for those who have none at hand. */
  readonly sample: () => Promise<File>;
}

export interface PhotoInput {
  readonly root: HTMLElement;
  /** Lets photos in: before, the network is still on its way. */
  enable(): void;
  /** Stops listening to what is dropped or pasted. */
  dispose(): void;
}

/** Takes a photo by file dialog, drag and drop, paste, or the sample's button. */
export function photoInput({ onPhoto, onRefused, sample }: PhotoInputOptions): PhotoInput {
  const picker = element('input', { type: 'file', id: 'photo', accept: 'image/*', disabled: true });
  const trySample = element('button', { type: 'button', disabled: true }, 'Try a cat');
  const drop = element(
    'label',
    { className: 'drop', for: 'photo' },
    element('strong', {}, 'Choose a photo'),
    element('span', {}, 'or drop it here, or paste it'),
    picker,
  );
  const root = element('div', { className: 'photo-input' }, drop, trySample);

  const take = (files: FileList | undefined) => {
    if (picker.disabled || !files) return;
    const [file] = files;
    if (file) onPhoto(file);
    else onRefused('That was no file. Drop or paste a photo: PNG, JPEG, WebP, GIF or AVIF.');
  };
  picker.addEventListener('change', () => {
    if (picker.files?.length) take(picker.files);
    picker.value = ''; // so that the same photo can be chosen again
  });
  trySample.addEventListener('click', async () => onPhoto(await sample()));

  const listening = new AbortController();
  const { signal } = listening;
  // Anywhere on the page: a near miss must not open the photo in place of the page.
  document.addEventListener(
    'dragover',
    (event) => {
      event.preventDefault();
      root.classList.add('over');
    },
    { signal },
  );
  document.addEventListener(
    'dragleave',
    (event) => {
      if (!event.relatedTarget) root.classList.remove('over');
    },
    { signal },
  );
  document.addEventListener(
    'drop',
    (event) => {
      event.preventDefault();
      root.classList.remove('over');
      take(event.dataTransfer?.files);
    },
    { signal },
  );
  document.addEventListener(
    'paste',
    (event) => {
      if (event.clipboardData?.files.length) take(event.clipboardData.files);
    },
    { signal },
  );

  return {
    root,
    enable() {
      picker.disabled = false;
      trySample.disabled = false;
    },
    dispose: () => listening.abort(),
  };
}
