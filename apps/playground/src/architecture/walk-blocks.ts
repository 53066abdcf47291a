import type { DrawnBlock } from './drawing.ts';

/**
 * Lets blocks be pointed at, tapped, and walked through with the arrow keys; Tab goes past them all at once.
 *
 * @param show told which block it is.
 */
export function walkBlocks(blocks: readonly DrawnBlock[], show: (block: DrawnBlock) => void): void {
  const point = (block: DrawnBlock) => {
    for (const { element } of blocks) {
      const isIt = element === block.element;
      element.setAttribute('tabindex', isIt ? '0' : '-1');
      element.setAttribute('aria-pressed', String(isIt));
    }
    show(block);
  };
  for (const [i, block] of blocks.entries()) {
    const { element } = block;
    element.setAttribute('role', 'button'); // its title is its name
    element.setAttribute('tabindex', i === 0 ? '0' : '-1');
    element.addEventListener('pointerenter', () => point(block));
    element.addEventListener('click', () => point(block));
    element.addEventListener('focus', () => point(block));
    element.addEventListener('keydown', (event) => {
      const to = { ArrowDown: i + 1, ArrowRight: i + 1, ArrowUp: i - 1, ArrowLeft: i - 1, Home: 0, End: blocks.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault(); // the page does not scroll by itself
      blocks[to]?.element.focus();
    });
  }
}
