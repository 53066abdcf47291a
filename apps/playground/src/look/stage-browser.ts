import { element } from '../element.ts';
import type { Channel } from './channels.ts';
import type { SpatialLayer } from './looker.ts';
import { pixelsCanvas } from './pixels-canvas.ts';

/** Clicks through what a network's stages make of a photo. */
export interface StageBrowser {
  readonly root: HTMLElement;
  /** The stages of another network; the last is chosen. */
  setStages(stages: readonly SpatialLayer[]): void;
  /** The stage whose channels are wanted; nothing where there is none. */
  stage(): string | undefined;
  show(channels: readonly Channel[]): void;
  /** Shows none: what was shown is of a photo that is gone. */
  clear(): void;
}

export function stageBrowser(onStage: () => void): StageBrowser {
  const choice = element('fieldset', { className: 'stages' });
  const about = element('p', { className: 'hint' });
  const grid = element('ul', { className: 'channels', 'aria-label': 'Channels' });
  const large = element('figure', { className: 'channel' });
  let stages: readonly SpatialLayer[] = [];
  let chosen: number | undefined; // the channel that is shown large

  const current = () => {
    const value = choice.querySelector<HTMLInputElement>('input:checked')?.value;
    return stages.find(({ name }) => name === value);
  };
  const enlarge = ({ channel, picture, mean, min, max }: Channel) => {
    chosen = channel;
    for (const button of grid.querySelectorAll('button'))
      button.setAttribute('aria-pressed', String(Number(button.dataset.channel) === channel));
    const { name = '' } = current() ?? {};
    const words = `Channel ${channel} of ${name}`;
    const canvas = pixelsCanvas(picture);
    canvas.removeAttribute('aria-hidden');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', words);
    large.replaceChildren(
      canvas,
      element(
        'figcaption',
        {},
        element('strong', {}, words),
        `${picture.height}×${picture.width} values from ${min.toPrecision(3)} (dark) to ${max.toPrecision(3)} (light), ${mean.toPrecision(3)} on average.`,
      ),
    );
  };

  const clear = () => {
    grid.replaceChildren();
    large.replaceChildren();
    about.textContent = 'Of a photo, or of the last picture of the camera when it is closed.';
  };

  return {
    root: element(
      'section',
      { className: 'card', 'aria-labelledby': 'stages-title' },
      element('h3', { id: 'stages-title' }, 'What its stages see'),
      choice,
      about,
      element('div', { className: 'feature-maps' }, grid, large),
    ),
    setStages(all) {
      stages = all;
      chosen = undefined;
      const radios = all.map(({ name }, i) => {
        const radio = element('input', { type: 'radio', name: 'stage', value: name, checked: i === all.length - 1 });
        radio.addEventListener('change', () => {
          chosen = undefined;
          onStage();
        });
        return element('label', {}, radio, name);
      });
      choice.replaceChildren(element('legend', {}, 'Stage'), ...radios);
      clear();
    },
    stage: () => current()?.name,
    clear,
    show(channels) {
      const { shape: [, , count = 0] = [] } = current() ?? {};
      about.textContent =
        channels.length < count
          ? `Of its ${count} channels the ${channels.length} that this photo excites most; each in its own range of values.`
          : `Its ${count} channels, those first that this photo excites most; each in its own range of values.`;
      const buttons = channels.map((one) => {
        const button = element(
          'button',
          { type: 'button', 'data-channel': one.channel, 'aria-pressed': false, 'aria-label': `Channel ${one.channel}` },
          pixelsCanvas(one.picture),
          element('span', { 'aria-hidden': 'true' }, String(one.channel)),
        );
        button.addEventListener('click', () => enlarge(one));
        return element('li', {}, button);
      });
      const focused = grid.contains(document.activeElement);
      grid.replaceChildren(...buttons);
      const shown = channels.find(({ channel }) => channel === chosen) ?? channels[0];
      if (shown) enlarge(shown);
      if (focused) grid.querySelector<HTMLElement>('[aria-pressed=true]')?.focus();
    },
  };
}
