import type { Prediction } from '@resnetjs/core';
import type { Target } from '@resnetjs/explain';
import { element } from '../element.ts';

/** Chooses the class that a map is asked about. */
export interface ClassChoice {
  readonly root: HTMLElement;
  /** The classes that there are to search. */
  setNames(names: readonly string[]): void;
  /** Shows the most probable classes and, if it is none of them, the one that is asked about. */
  show(predictions: readonly Prediction[], asked: Prediction | undefined): void;
}

interface Row {
  readonly root: HTMLElement;
  show(prediction: Prediction, isAsked: boolean): void;
}

/** @param onTarget told which class is to be asked about: by its place, or by what was typed. */
export function classChoice(onTarget: (target: Target) => void): ClassChoice {
  const list = element('div', { className: 'rows' });
  const rows: Row[] = [];
  const options = element('datalist', { id: 'class-names' });
  const search = element('input', { type: 'search', id: 'class-search', placeholder: 'any other, by name', autocomplete: 'off' });
  search.setAttribute('list', options.id);
  let names: readonly string[] = [];
  const find = () => {
    const typed = search.value.trim();
    if (typed === '') return;
    const place = names.findIndex((name) => name.toLowerCase() === typed.toLowerCase());
    search.value = '';
    onTarget(place >= 0 ? place : typed);
  };
  search.addEventListener('change', find);

  const root = element(
    'fieldset',
    { className: 'class-choice' },
    element('legend', {}, 'What speaks for'),
    list,
    element('label', { className: 'search', for: search.id }, 'Search', search),
    options,
  );
  return {
    root,
    setNames(all) {
      names = all;
      options.replaceChildren(...all.map((value) => element('option', { value })));
    },
    show(predictions, asked) {
      const shown = asked && !predictions.some(({ index }) => index === asked.index) ? [...predictions, asked] : predictions;
      while (rows.length > shown.length) rows.pop()?.root.remove();
      for (const [i, prediction] of shown.entries()) {
        const row = rows[i] ?? classRow(onTarget);
        if (i === rows.length) {
          rows.push(row);
          list.append(row.root);
        }
        row.show(prediction, prediction.index === (asked ?? predictions[0])?.index);
      }
    },
  };
}

/** One class; it is shown another as the predictions change, so that who has come to it by keyboard stays there. */
function classRow(onTarget: (target: Target) => void): Row {
  const radio = element('input', { type: 'radio', name: 'target' });
  const label = element('span', { className: 'label' });
  const probability = element('span', { className: 'probability' });
  const fill = element('span', { className: 'fill' });
  radio.addEventListener('change', () => onTarget(Number(radio.value)));
  return {
    root: element(
      'label',
      { className: 'class-row' },
      radio,
      label,
      probability,
      element('span', { className: 'bar', 'aria-hidden': 'true' }, fill),
    ),
    show(prediction, isAsked) {
      radio.value = String(prediction.index);
      radio.checked = isAsked;
      label.textContent = prediction.label;
      probability.textContent = `${(prediction.probability * 100).toFixed(1)} %`;
      fill.style.width = `${prediction.probability * 100}%`;
    },
  };
}
