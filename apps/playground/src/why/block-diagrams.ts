import { element } from '../element.ts';

/** A plain block and a residual one, drawn. */
export function blockDiagrams(): HTMLElement {
  return element(
    'div',
    { className: 'blocks' },
    diagram('Plain', 'x goes through two layers; out comes F(x)', 'F(x)', ''),
    diagram(
      'Residual',
      'x goes through two layers and also past them; the two are added: F(x) + x',
      'F(x) + x',
      '<path class="skip" d="M40 62C40 4 246 4 246 48" marker-end="url(#arrow)"/><circle class="box" cx="246" cy="62" r="11"/><text x="246" y="62">+</text>',
    ),
  );
}

/** The drawing takes the colours of the text around it, as an image in a file of its own could not. */
function diagram(title: string, words: string, result: string, shortcut: string): HTMLElement {
  const drawing = element('div');
  drawing.innerHTML = `
    <svg viewBox="0 0 330 90" role="img" aria-label="${title}: ${words}">
      <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0 8 4 0 8z" fill="context-stroke"/></marker></defs>
      <text x="16" y="62">x</text>
      <path class="line" d="M28 62H58" marker-end="url(#arrow)"/>
      <rect class="box" x="60" y="46" width="66" height="32" rx="6"/><text x="93" y="62">layer</text>
      <path class="line" d="M126 62H148" marker-end="url(#arrow)"/>
      <rect class="box" x="150" y="46" width="66" height="32" rx="6"/><text x="183" y="62">layer</text>
      <path class="line" d="M216 62H${shortcut ? 234 : 264}" marker-end="url(#arrow)"/>
      ${shortcut ? '<path class="line" d="M257 62H270" marker-end="url(#arrow)"/>' : ''}
      <text x="302" y="62">${result}</text>
      ${shortcut}
    </svg>`;
  return element('figure', { className: 'chart' }, element('figcaption', {}, title), drawing);
}
