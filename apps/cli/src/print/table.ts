import Table from 'cli-table3';
import type { Paint } from './paint.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

export interface TableOptions {
  readonly paint: Paint;
  /** Set apart under the rows: totals. */
  readonly footer?: readonly string[];
}

// No frame: two spaces between columns read as well, and survive copying and `cut`.
const NO_FRAME = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Aligned columns under their titles, without a frame; ends in a newline. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], { paint, footer }: TableOptions): string {
  const grid = new Table({
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: NO_FRAME,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  grid.push(columns.map(({ title }) => paint.bold(title)));
  grid.push(...rows.map((row) => [...row]));
  if (footer) grid.push(footer.map((cell) => paint.bold(cell)));
  const lines = grid
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  const width = Math.max(...lines.map((line) => visibleLength(line)));
  const rule = paint.dim('─'.repeat(width));
  lines.splice(1, 0, rule);
  if (footer) lines.splice(-1, 0, rule);
  return `${lines.join('\n')}\n`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes start with one
const visibleLength = (text: string): number => text.replace(/\x1b\[[0-9;]*m/g, '').length;
