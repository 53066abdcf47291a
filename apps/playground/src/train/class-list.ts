import { cameraInput } from '../classify/camera-input.ts';
import { element } from '../element.ts';
import { list, type PhotoClass, sortByEnding } from './photo-class.ts';

export interface ClassListOptions {
  /** Told what could not be taken, and why. */
  readonly onFailed: (why: string) => void;
  readonly onChange: () => void;
}

/** The classes and their photos, as the user puts them together. */
export interface ClassList {
  readonly root: HTMLElement;
  classes(): PhotoClass[];
  /** Adds photos to classes by name, and makes those that are not there. */
  add(classes: readonly PhotoClass[]): void;
  /** Adds files to the class at which an element is. @returns false if it is at none. */
  addAt(at: Element | null, files: readonly File[]): boolean;
  enable(enabled: boolean): void;
  dispose(): void;
}

/** Of each class so many photos are shown. */
const SHOWN = 12;
const FIRST_CLASSES = 2;

interface Card {
  readonly root: HTMLElement;
  readonly photos: File[];
  name(): string;
  /** Says which of the classes it is. */
  number(place: number): void;
  add(files: readonly File[]): void;
  dispose(): void;
}

export function classList({ onFailed, onChange }: ClassListOptions): ClassList {
  const cards: Card[] = [];
  const outlet = element('div', { className: 'class-cards' });
  const addClass = element('button', { type: 'button' }, 'Add a class');
  const root = element('fieldset', { className: 'class-list' }, element('legend', {}, 'Classes'), outlet, addClass);

  const number = () => {
    for (const [i, card] of cards.entries()) card.number(i + 1);
  };
  const remove = (card: Card) => {
    cards.splice(cards.indexOf(card), 1);
    card.dispose();
    card.root.remove();
    number();
  };
  const make = (name: string): Card => {
    const card: Card = classCard(name, {
      onFailed,
      onChange,
      onRemove: () => {
        remove(card);
        addClass.focus();
        onChange();
      },
    });
    cards.push(card);
    outlet.append(card.root);
    number();
    return card;
  };
  addClass.addEventListener('click', () => {
    make('').root.querySelector('input')?.focus();
    onChange();
  });
  for (let i = 0; i < FIRST_CLASSES; i++) make('');

  return {
    root,
    classes: () => cards.map(({ name, photos }) => ({ name: name(), photos: [...photos] })),
    add(classes) {
      for (const { name, photos } of classes) (cards.find((card) => card.name() === name) ?? make(name)).add(photos);
      // Cards that nobody has touched were only an offer.
      for (const card of cards.filter(({ name, photos }) => name() === '' && photos.length === 0)) remove(card);
      onChange();
    },
    addAt(at, files) {
      const card = cards.find(({ root: own }) => own.contains(at));
      card?.add(files);
      return card !== undefined;
    },
    enable(enabled) {
      root.disabled = !enabled;
    },
    dispose() {
      for (const card of cards) card.dispose();
    },
  };
}

function classCard(startName: string, { onFailed, onChange, onRemove }: ClassListOptions & { readonly onRemove: () => void }): Card {
  const photos: File[] = [];
  const urls: string[] = [];
  const name = element('input', {
    type: 'text',
    value: startName,
    placeholder: 'cat, mug, my left hand …',
  });
  const count = element('p', { className: 'hint' }, 'no photos yet');
  const thumbnails = element('div', { className: 'thumbnails' });
  const remove = element('button', { type: 'button' }, 'Remove');

  const add = (files: readonly File[]) => {
    const { photos: taken, skipped } = sortByEnding(files);
    photos.push(...taken);
    for (const file of taken.slice(0, SHOWN - urls.length)) {
      const url = URL.createObjectURL(file);
      urls.push(url);
      const thumbnail = element('img', { src: url, alt: '', decoding: 'async', loading: 'lazy' });
      thumbnail.addEventListener('error', () => thumbnail.remove()); // said when it is trained
      thumbnails.append(thumbnail);
    }
    count.textContent = photos.length === 1 ? '1 photo' : `${photos.length} photos`;
    onChange();
    if (skipped.length > 0) onFailed(`Skipped, for it is no image: ${list(skipped)}.`);
  };
  let snaps = 0;
  const camera = cameraInput({
    onPhoto: (file) => add([new File([file], `camera-${++snaps}.png`, { type: file.type })]),
    onFailed,
  });
  name.addEventListener('input', onChange);
  remove.addEventListener('click', onRemove);

  const root = element(
    'section',
    { className: 'card class-card' },
    name,
    element(
      'div',
      { className: 'actions' },
      fileButton('Add photos', { multiple: true, accept: 'image/*' }, add),
      fileButton('Add a folder', { webkitdirectory: true }, add),
      camera.button,
      remove,
    ),
    camera.root,
    count,
    thumbnails,
  );
  return {
    root,
    photos,
    number(place) {
      root.setAttribute('aria-label', `Class ${place}`);
      name.setAttribute('aria-label', `Name of class ${place}`);
      remove.setAttribute('aria-label', `Remove class ${place}`);
    },
    name: () => name.value.trim(),
    add,
    dispose() {
      camera.dispose();
      for (const url of urls) URL.revokeObjectURL(url);
    },
  };
}

/** A button that opens a file dialog. */
export function fileButton(text: string, properties: Readonly<Record<string, unknown>>, take: (files: File[]) => void): HTMLElement {
  const input = element('input', { type: 'file', ...properties });
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    input.value = ''; // so that the same can be chosen again
    if (files.length > 0) take(files);
  });
  return element('label', { className: 'button' }, text, input);
}
