import { escapeMarkup } from './markup.ts';

export interface HeatMapOptions {
  readonly title: string;
  /** Of the rows from top to bottom, and of the columns from left to right. */
  readonly names: readonly string[];
  /** What a cell's number means, for its label. */
  readonly what: string;
  readonly size?: number;
}

const MARGIN = { top: 34, left: 14, right: 76, bottom: 14 };
const STEPS = 5;

/** A square table of numbers from 0 to 1 as shades, with a scale beside it, as SVG that stands alone or within a page, light or dark. */
export function heatMap(matrix: readonly (readonly number[])[], { title, names, what, size = 420 }: HeatMapOptions): string {
  const side = size / Math.max(1, matrix.length);
  const [width, height] = [MARGIN.left + size + MARGIN.right, MARGIN.top + size + MARGIN.bottom];
  const cells = matrix.flatMap((row, i) =>
    row.map((value, j) => {
      const words = `${names[i]} and ${names[j]}: ${what} ${Number.isFinite(value) ? value.toFixed(2) : '–'}`;
      const at = `x="${fixed(MARGIN.left + j * side)}" y="${fixed(MARGIN.top + i * side)}" width="${fixed(side)}" height="${fixed(side)}"`;
      return `<rect ${at} class="cell" fill-opacity="${shade(value)}"><title>${escapeMarkup(words)}</title></rect>`;
    }),
  );
  const right = MARGIN.left + size + 18;
  const scale = Array.from({ length: STEPS + 1 }, (_, i) => {
    const value = 1 - i / STEPS;
    const y = MARGIN.top + (i * 150) / STEPS;
    return `<rect x="${right}" y="${fixed(y)}" width="18" height="30" class="cell" fill-opacity="${shade(value)}"/><text x="${right + 24}" y="${fixed(y + 19)}">${value.toFixed(1)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeMarkup(title)}" class="heat">`,
    STYLE,
    `<rect width="${width}" height="${height}" class="paper"/>`,
    `<text x="${MARGIN.left}" y="20" class="title">${escapeMarkup(title)}</text>`,
    ...cells,
    ...scale,
    '</svg>',
  ].join('\n');
}

const STYLE = `<style>
.heat text { font: 12px system-ui, sans-serif; fill: #444 } .heat .title { font-size: 14px; font-weight: 600; fill: #222 }
.heat .paper { fill: #fff } .heat .cell { fill: #0072b2 }
@media (prefers-color-scheme: dark) { .heat text { fill: #bbb } .heat .title { fill: #eee } .heat .paper { fill: #16181c } .heat .cell { fill: #56b4e9 } }
</style>`;

const shade = (value: number): string => (Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0).toFixed(2);

const fixed = (value: number): string => String(Math.round(value * 100) / 100);
