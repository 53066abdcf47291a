import { element } from '../element.ts';

export interface ModelList {
  readonly root: HTMLElement;
  /** Fills the list; `chosen` is selected. */
  show(names: readonly string[], chosen: string): void;
}

/** A list of the zoo's networks that can be searched. */
export function modelList(onChoice: (name: string) => void): ModelList {
  const search = element('input', { type: 'search', placeholder: 'resnet, dense, cifar …', autocomplete: 'off', spellcheck: false });
  const list = element('select', { size: 8 });
  const found = element('p', { className: 'hint', role: 'status' });
  let [all, chosen]: [readonly string[], string] = [[], ''];

  const choose = (name: string) => {
    chosen = name;
    onChoice(name);
  };
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/);
    const names = all.filter((name) => words.every((word) => name.includes(word)));
    list.replaceChildren(...names.map((name) => element('option', { value: name, selected: name === chosen }, name)));
    found.textContent = names.length === 0 ? 'No network has such a name.' : `${names.length} of ${all.length} networks`;
  };
  search.addEventListener('input', filter);
  search.addEventListener('keydown', ({ key }) => {
    const [first] = list.options;
    if (key === 'Enter' && first) {
      first.selected = true;
      choose(first.value);
    }
  });
  list.addEventListener('change', () => choose(list.value));

  return {
    root: element('div', { className: 'model-list' }, element('label', {}, 'Search', search), element('label', {}, 'Network', list), found),
    show(names, name) {
      [all, chosen] = [names, name];
      filter();
    },
  };
}
