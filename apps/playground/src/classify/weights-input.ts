import { element } from '../element.ts';
import type { ChosenArchitecture } from '../network/classifier.ts';
import type { FittingArchitecture } from '../network/fitting-architectures.ts';

/** Endings of the files that hold weights, or a manifest beside them. */
export const WEIGHTS_ENDINGS = ['.safetensors', '.pth', '.pt', '.th', '.bin', '.json'] as const;

export const isWeightsFile = ({ name }: File): boolean => WEIGHTS_ENDINGS.some((ending) => name.toLowerCase().endsWith(ending));

export interface WeightsInputOptions {
  /** Weights, and maybe the manifest that lay beside them. */
  readonly onFiles: (files: readonly File[]) => void;
  readonly onArchitecture: (chosen: ChosenArchitecture) => void;
  readonly onShipped: () => void;
}

export interface WeightsInput {
  readonly root: HTMLElement;
  /** Says which network is used now. */
  showNetwork(description: string, isShipped: boolean): void;
  /** Asks which network the weights are of: one of those that fit, or any if none does. */
  askArchitecture(choices: readonly FittingArchitecture[], all: readonly string[]): void;
}

/** Chooses the network: the one that comes with the page, or weights of the user's own. */
export function weightsInput({ onFiles, onArchitecture, onShipped }: WeightsInputOptions): WeightsInput {
  const now = element('p', { className: 'about' });
  const picker = element('input', { type: 'file', id: 'weights', multiple: true, accept: WEIGHTS_ENDINGS.join(',') });
  picker.addEventListener('change', () => {
    const files = [...(picker.files ?? [])];
    picker.value = '';
    if (files.length > 0) onFiles(files);
  });
  const shipped = element('button', { type: 'button', hidden: true }, 'Back to the one that comes with this page');
  shipped.addEventListener('click', onShipped);
  const question = element('div', { className: 'question', hidden: true });
  const root = element(
    'section',
    { className: 'card', 'aria-labelledby': 'weights-title' },
    element('h3', { id: 'weights-title' }, 'Network'),
    now,
    question,
    element(
      'div',
      { className: 'choices' },
      element('label', { className: 'button', for: 'weights' }, 'Use weights of your own', picker),
      shipped,
    ),
    element('p', { className: 'hint' }, 'A .safetensors or .pth file, picked or dropped on the page; a manifest (.json) may come with it.'),
  );

  return {
    root,
    showNetwork(description, isShipped) {
      now.textContent = description;
      shipped.hidden = isShipped;
      question.hidden = true;
    },
    askArchitecture(choices, all) {
      const names = choices.length > 0 ? choices.map(({ name }) => name) : all;
      const select = element('select', { id: 'architecture-of-weights' }, ...names.map((name) => element('option', { value: name }, name)));
      const use = element('button', { type: 'button' }, 'Load');
      use.addEventListener('click', () => {
        const fitting = choices.find(({ name }) => name === select.value);
        onArchitecture({ architecture: select.value, ...(fitting && { options: fitting.options }) });
      });
      question.replaceChildren(element('label', { for: select.id }, 'These weights are of'), select, use);
      question.hidden = false;
      shipped.hidden = false;
      select.focus();
    },
  };
}
