import { element } from '../element.ts';
import type { Part } from './architecture.ts';
import type { DrawnBlock } from './drawing.ts';
import { bytes, exact, shape, short } from './quantities.ts';
import { SHORTCUT_WORDS } from './shortcut-words.ts';

export interface BlockDetails {
  readonly root: HTMLElement;
  /** Shows what is in a block. */
  show(block: DrawnBlock): void;
  clear(): void;
}

/** What the block that is pointed at is made of. */
export function blockDetails(): BlockDetails {
  const root = element('section', { className: 'card block-details', 'aria-labelledby': 'block-title' });
  const heading = (text: string) => element('h3', { id: 'block-title' }, text);
  const clear = () => {
    root.classList.remove('pointed');
    root.replaceChildren(
      heading('One block'),
      element('p', { className: 'hint' }, 'Point at a block, tap it, or walk through them with the arrow keys, to see what it is made of.'),
    );
  };
  clear();
  return {
    root,
    clear,
    show({ group, stage }) {
      const { first, last, count } = group;
      root.classList.add('pointed');
      const name = count > 1 ? `${first.name} – ${last.name}` : first.name || stage.name;
      root.replaceChildren(
        heading(name),
        element('p', { className: 'block-kind' }, `${count > 1 ? `${count} × ` : ''}${first.kind}`),
        element(
          'p',
          { className: 'hint' },
          first.shortcut === 'none' && stage.blocks.length < 3 ? '' : SHORTCUT_WORDS[first.shortcut].formula,
        ),
        element(
          'p',
          { className: 'hint' },
          `${count > 1 ? 'Together ' : ''}${exact(group.params)} parameters, ${short(group.macs)} MACs, ${bytes(group.activationBytes)} of activations.`,
        ),
        ...(count > 1 ? [element('p', { className: 'hint' }, `${first.name} in detail:`)] : []),
        partsTable(first.parts),
      );
    },
  };
}

const partsTable = (parts: readonly Part[]): HTMLElement =>
  element(
    'div',
    { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Layers of the block' },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...['Layer', 'Output', 'Parameters'].map((title) => element('th', { scope: 'col' }, title)))),
      element('tbody', {}, ...parts.map(partRow)),
    ),
  );

const partRow = ({ name, kind, outputShape, params, onShortcut }: Part): HTMLElement =>
  element(
    'tr',
    { className: onShortcut ? 'on-shortcut' : '' },
    element(
      'th',
      { scope: 'row' },
      kind,
      element('span', { className: 'part-name' }, [name, onShortcut && 'on the shortcut'].filter(Boolean).join(', ')),
    ),
    element('td', {}, shape(outputShape)),
    element('td', {}, params > 0 ? exact(params) : '–'),
  );
