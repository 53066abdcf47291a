import type { Prediction } from '@resnetjs/core';
import { predictionBars } from '../classify/prediction-bars.ts';
import { element } from '../element.ts';
import type { SwitchedBlock } from './looker.ts';

/** Leaves residual blocks out of a network, and shows what becomes of its predictions. */
export interface BlockSwitches {
  readonly root: HTMLElement;
  /** The blocks of another network, all of which are in. */
  setBlocks(blocks: readonly SwitchedBlock[]): void;
  /** Names of those that are left out. */
  gone(): readonly string[];
  show(whole: readonly Prediction[], without: readonly Prediction[]): void;
}

export function blockSwitches(onChange: () => void): BlockSwitches {
  const switches = element('div', { className: 'switches' });
  const reset = element('button', { type: 'button', disabled: true }, 'Put all back');
  const says = element('p', { className: 'hint', role: 'status' });
  const [whole, without] = [element('div', { className: 'bars' }), element('div', { className: 'bars' })];
  const titles = [element('h4', {}, 'The whole network'), element('h4')] as const;
  const both = element('div', { className: 'beside' }, element('div', {}, titles[0], whole), element('div', {}, titles[1], without));
  const boxes = () => [...switches.querySelectorAll('input')];
  const gone = () => boxes().flatMap((box) => (box.checked ? [] : [box.value]));
  const changed = () => {
    reset.disabled = gone().length === 0;
    onChange();
  };
  reset.addEventListener('click', () => {
    for (const box of boxes()) box.checked = true;
    switches.querySelector<HTMLElement>('input:enabled')?.focus(); // the button cannot keep the focus
    changed();
  });

  return {
    root: element(
      'section',
      { className: 'card lesions', 'aria-labelledby': 'blocks-title' },
      element('h3', { id: 'blocks-title' }, 'Without some of its blocks'),
      element(
        'p',
        { className: 'about' },
        'What a block would add is left out; what came passes on through its shortcut. A residual network often gets by without one.',
      ),
      switches,
      element('div', { className: 'choices' }, reset, says),
      both,
    ),
    setBlocks(blocks) {
      const stages = new Map<string, HTMLElement[]>();
      for (const { name, canGo } of blocks) {
        const dot = name.lastIndexOf('.');
        const stage = name.slice(0, Math.max(dot, 0));
        const box = element('input', {
          type: 'checkbox',
          role: 'switch',
          value: name,
          checked: true,
          disabled: !canGo,
          'aria-label': name,
        });
        box.addEventListener('change', changed);
        const title = canGo ? name : `${name}: nothing else makes the image smaller`;
        stages.set(stage, [...(stages.get(stage) ?? []), element('label', { title }, box, name.slice(dot + 1))]);
      }
      switches.replaceChildren(
        ...[...stages].map(([stage, labels]) => element('fieldset', {}, element('legend', {}, stage || 'blocks'), ...labels)),
      );
      reset.disabled = true;
      both.hidden = blocks.length === 0;
      says.textContent =
        blocks.length === 0
          ? 'This network has none: where a residual block adds what it makes to what came, its layers put both side by side, or pass on what they make alone.'
          : '';
      whole.replaceChildren();
      without.replaceChildren();
    },
    gone,
    show(before, after) {
      const count = gone().length;
      const total = boxes().length;
      if (total === 0) return;
      titles[1].textContent = count === 0 ? 'With all blocks' : `Without ${count} of ${total} ${total === 1 ? 'block' : 'blocks'}`;
      whole.replaceChildren(predictionBars(before, 'What the whole network takes it for'));
      without.replaceChildren(predictionBars(after, 'What is left takes it for'));
      const [was, is] = [before[0], after[0]];
      const percent = (one: Prediction | undefined) => `${one?.label} (${((one?.probability ?? 0) * 100).toFixed(1)} %)`;
      says.textContent = count === 0 ? `All ${total} blocks are in: ${percent(was)}.` : `Without ${gone().join(', ')}: ${percent(is)}.`;
    },
  };
}
