import { element } from '../element.ts';
import type { HeatMap, Pixels } from './looker.ts';
import { drawPixels } from './pixels-canvas.ts';

/** A photo with a heat map over it. */
export interface HeatView {
  readonly root: HTMLElement;
  /** Shows a photo; the map of the one before stays until {@link HeatView.showHeat}, if it `keeps` it. */
  showPicture(picture: Pixels, keeps?: boolean): void;
  /** @param title what the map is of, in words */
  showHeat(map: HeatMap, title: string): void;
}

const OPACITY = 85;

export function heatView(): HeatView {
  const photo = element('canvas', { className: 'photo' });
  const heat = element('canvas', { className: 'heat' });
  const stack = element('div', { className: 'stack', role: 'img', 'aria-label': 'The photo' }, photo, heat);
  const title = element('span');
  const took = element('span', { className: 'took' });
  const [low, high] = [element('span'), element('span')];
  const colours = element('span', { className: 'colours', 'aria-hidden': 'true' });
  const legend = element('div', { className: 'legend', hidden: true }, low, colours, high);
  const opacity = element('input', { type: 'range', id: 'opacity', min: '0', max: '100', value: String(OPACITY) });
  const showOpacity = () => stack.style.setProperty('--opacity', String(Number(opacity.value) / 100));
  opacity.addEventListener('input', showOpacity);
  showOpacity();

  return {
    root: element(
      'figure',
      { className: 'heat-view' },
      stack,
      legend,
      element('figcaption', {}, title, took),
      element('label', { className: 'opacity', for: 'opacity' }, 'Opacity', opacity),
    ),
    showPicture(picture, keeps = false) {
      drawPixels(photo, picture);
      stack.style.setProperty('--width', String(picture.width));
      stack.style.setProperty('--height', String(picture.height));
      if (keeps) return;
      stack.setAttribute('aria-label', 'The photo');
      heat.getContext('2d')?.clearRect(0, 0, heat.width, heat.height);
      legend.hidden = true;
      title.textContent = '';
      took.textContent = '';
    },
    showHeat(map, words) {
      drawPixels(heat, map.heat);
      stack.setAttribute('aria-label', `Heat map over the photo: ${words}`);
      [low.textContent, high.textContent] = map.ends;
      colours.style.background = map.colours;
      colours.title = `${map.range[0].toPrecision(3)} to ${map.range[1].toPrecision(3)}`;
      legend.hidden = false;
      title.textContent = words;
      took.textContent = `${map.tookMs < 10 ? map.tookMs.toFixed(1) : Math.round(map.tookMs)} ms`;
    },
  };
}
