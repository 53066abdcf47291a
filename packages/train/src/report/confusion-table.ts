import type { Evaluation } from '../evaluate/evaluation.ts';
import { escapeMarkup } from './markup.ts';

/** Confusion matrices of more classes are not readable. */
const MAX_CLASSES = 40;

/** Where in a report the photos of a cell are. */
export const cellId = (actual: number, predicted: number): string => `taken-${actual}-${predicted}`;

/**
 * How often each class (row) was taken for each (column), as an HTML table shaded by share; empty where there are too many classes. Cells
 * that are `linked` lead to their photos.
 */
export function confusionTable(
  { classes, confusion }: Pick<Evaluation, 'classes' | 'confusion'>,
  { linked = [] }: { readonly linked?: readonly { readonly actual: number; readonly predicted: number }[] } = {},
): string {
  const links = new Set(linked.map(({ actual, predicted }) => cellId(actual, predicted)));
  if (classes.length > MAX_CLASSES) return '';
  const head = classes.map(({ name }) => `<th scope="col"><span>${escapeMarkup(name)}</span></th>`).join('');
  const rows = confusion.map((row, actual) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    const cells = row.map((n, predicted) => {
      const share = total ? n / total : 0;
      const colour = actual === predicted ? '0 114 178' : '213 94 0';
      return `<td${n ? ` style="background:rgb(${colour} / ${(0.08 + 0.8 * share).toFixed(2)})"` : ''} title="${escapeMarkup(`${classes[actual]?.name} taken for ${classes[predicted]?.name}`)}">${links.has(cellId(actual, predicted)) ? `<a href="#${cellId(actual, predicted)}">${n}</a>` : n || ''}</td>`;
    });
    return `<tr><th scope="row">${escapeMarkup(classes[actual]?.name ?? '')}</th>${cells.join('')}</tr>`;
  });
  return `<table class="confusion"><thead><tr><th></th>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}
