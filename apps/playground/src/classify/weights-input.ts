import { element } from '../element.ts';

/** Endings of the files that hold weights, or a manifest beside them. */
export const WEIGHTS_ENDINGS = ['.safetensors', '.pth', '.pt', '.th', '.bin', '.onnx', '.json'] as const;

export const isWeightsFile = ({ name }: File): boolean => WEIGHTS_ENDINGS.some((ending) => name.toLowerCase().endsWith(ending));

export interface WeightsInputOptions {
  /** Weights, and maybe the manifest that lay beside them. */
  readonly onFiles: (files: readonly File[]) => void;
  /** A network's name, a repository or an address. */
  readonly onSource: (source: string) => void;
  readonly onArchitecture: (chosen: string) => void;
  readonly onShipped: () => void;
}

export interface WeightsInput {
  readonly root: HTMLElement;
  /** Says which network is used now. */
  showNetwork(description: string, isShipped: boolean): void;
  /** Offers the network that comes with the page, where none could be loaded. */
  offerShipped(): void;
  /** Asks which of these networks the weights are of. */
  askArchitecture(choices: readonly string[]): void;
}

/** Chooses the network: the one that comes with the page, or weights of the user's own. */
export function weightsInput({ onFiles, onSource, onArchitecture, onShipped }: WeightsInputOptions): WeightsInput {
  const now = element('p', { className: 'about' });
  const picker = element('input', { type: 'file', id: 'weights', multiple: true, accept: WEIGHTS_ENDINGS.join(',') });
  picker.addEventListener('change', () => {
    const files = [...(picker.files ?? [])];
    picker.value = '';
    if (files.length > 0) onFiles(files);
  });
  const source = element('input', {
    type: 'text',
    id: 'source',
    placeholder: 'resnet18, timm/resnet50.a1_in1k, https://…',
    spellcheck: false,
  });
  const named = element(
    'form',
    { className: 'choices' },
    element('label', { for: 'source' }, 'By name or address'),
    source,
    element('button', { type: 'submit' }, 'Fetch'),
  );
  named.addEventListener('submit', (event) => {
    event.preventDefault();
    if (source.value.trim() !== '') onSource(source.value.trim());
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
    named,
    element(
      'p',
      { className: 'hint' },
      'A .safetensors, .pth or .onnx file, picked or dropped on the page; a manifest (.json) may come with it.',
    ),
  );

  return {
    root,
    showNetwork(description, isShipped) {
      now.textContent = description;
      shipped.hidden = isShipped;
      question.hidden = true;
    },
    offerShipped() {
      shipped.hidden = false;
    },
    askArchitecture(choices) {
      const options = choices.map((name) => element('option', { value: name }, name));
      const select = element('select', { id: 'architecture-of-weights' }, ...options);
      const use = element('button', { type: 'button' }, 'Load');
      use.addEventListener('click', () => onArchitecture(select.value));
      question.replaceChildren(element('label', { for: select.id }, 'These weights are of'), select, use);
      question.hidden = false;
      shipped.hidden = false;
      select.focus();
    },
  };
}
