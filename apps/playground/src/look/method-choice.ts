import type { Method } from '@resnetjs/explain';
import { element } from '../element.ts';
import type { SpatialLayer } from './looker.ts';
import { METHOD_WORDS, type MethodWords } from './methods.ts';

/** Chooses how it is asked where a network looks, and in which layer. */
export interface MethodChoice {
  readonly root: HTMLElement;
  method(): Method;
  /** Nothing: the last that has space. */
  layer(): string | undefined;
  setLayers(layers: readonly SpatialLayer[]): void;
}

const all = Object.entries(METHOD_WORDS) as [Method, MethodWords][];

export function methodChoice(onChange: () => void): MethodChoice {
  const option = ([value, { title }]: [Method, MethodWords]) => element('option', { value }, title);
  const method = element(
    'select',
    { id: 'method', 'aria-describedby': 'method-words' },
    element('optgroup', { label: 'At once' }, ...all.filter(([, { slow }]) => !slow).map(option)),
    element('optgroup', { label: 'In many passes' }, ...all.filter(([, { slow }]) => slow).map(option)),
  );
  const layer = element('select', { id: 'layer' });
  const words = element('p', { id: 'method-words', className: 'hint' });
  const chosen = () => method.value as Method;
  const show = () => {
    words.textContent = METHOD_WORDS[chosen()].words;
    layer.disabled = !METHOD_WORDS[chosen()].ofLayer;
  };
  method.addEventListener('change', () => {
    show();
    onChange();
  });
  layer.addEventListener('change', onChange);
  show();

  return {
    root: element(
      'div',
      { className: 'method-choice' },
      element('div', { className: 'fields' }, element('label', {}, 'Method', method), element('label', {}, 'Layer', layer)),
      words,
    ),
    method: chosen,
    layer: () => (layer.disabled || layer.value === '' ? undefined : layer.value),
    setLayers(layers) {
      const before = layer.value;
      const groups = new Map<string, HTMLOptionElement[]>();
      for (const { name, shape } of layers) {
        const [stage = ''] = name.split('.');
        const own = element('option', { value: name }, `${name} (${shape.join('×')})`);
        groups.set(stage, [...(groups.get(stage) ?? []), own]);
      }
      layer.replaceChildren(
        element('option', { value: '' }, 'the last with space'),
        ...[...groups].map(([label, options]) => element('optgroup', { label }, ...options)),
      );
      layer.value = layers.some(({ name }) => name === before) ? before : '';
    },
  };
}
