import { escapeMarkup } from './markup.ts';
import { linearScale, logScale } from './scale.ts';

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Series of one group have one colour. */
  readonly group?: number;
  readonly dashed?: boolean;
}

export interface LineChartOptions {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly logX?: boolean;
  readonly logY?: boolean;
  readonly width?: number;
  readonly height?: number;
  /** Vertical lines with a word: a suggested learning rate, say. */
  readonly marks?: readonly { readonly x: number; readonly text: string }[];
}

/** Told apart by most colour-blind eyes too. @see Okabe & Ito 2008, https://jfly.uni-koeln.de/color/ */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f7f7f', '#a0522d'];
const MARGIN = { top: 34, right: 14, bottom: 42, left: 62 };

/** Lines over axes with a legend, as SVG that stands alone or within a page, light or dark. Points that are no numbers are left out. */
export function lineChart(
  series: readonly Series[],
  { title, x, y, logX, logY, width = 640, height = 320, marks = [] }: LineChartOptions,
): string {
  const all = series.flatMap(({ points }) => points);
  const across = (logX ? logScale : linearScale)([...all.map(([value]) => value), ...marks.map((mark) => mark.x)]);
  const up = (logY ? logScale : linearScale)(all.map(([, value]) => value));
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const px = (value: number) => MARGIN.left + across.at(value) * inner.width;
  const py = (value: number) => MARGIN.top + (1 - up.at(value)) * inner.height;
  const text = (at: readonly [number, number], words: string, more = '') =>
    `<text x="${fixed(at[0])}" y="${fixed(at[1])}" ${more}>${escapeMarkup(words)}</text>`;
  const line = (from: readonly [number, number], to: readonly [number, number], more: string) =>
    `<line x1="${fixed(from[0])}" y1="${fixed(from[1])}" x2="${fixed(to[0])}" y2="${fixed(to[1])}" ${more}/>`;
  const [bottom, right] = [MARGIN.top + inner.height, MARGIN.left + inner.width];

  const grid = [
    ...up.ticks.map(
      (tick) =>
        line([MARGIN.left, py(tick)], [right, py(tick)], 'class="grid"') +
        text([MARGIN.left - 8, py(tick) + 4], label(tick), 'text-anchor="end"'),
    ),
    ...across.ticks.map(
      (tick) =>
        line([px(tick), bottom], [px(tick), bottom + 4], 'class="axis"') +
        text([px(tick), bottom + 17], label(tick), 'text-anchor="middle"'),
    ),
  ];
  const marked = marks.map(
    (mark) => line([px(mark.x), MARGIN.top], [px(mark.x), bottom], 'class="mark"') + text([px(mark.x) + 4, MARGIN.top + 12], mark.text),
  );
  const colourOf = (i: number) => COLOURS[(series[i]?.group ?? i) % COLOURS.length] as string;
  const lines = series.map(({ points, dashed }, i) => {
    const shown = points.filter((point) => point.every(Number.isFinite) && !(logX && point[0] <= 0) && !(logY && point[1] <= 0));
    const path = shown.map(([a, b]) => `${fixed(px(a))},${fixed(py(b))}`).join(' ');
    const dots =
      shown.length < 30
        ? shown.map(([a, b]) => `<circle cx="${fixed(px(a))}" cy="${fixed(py(b))}" r="2.2" fill="${colourOf(i)}"/>`).join('')
        : '';
    return `<polyline points="${path}" fill="none" stroke="${colourOf(i)}" stroke-width="1.8"${dashed ? ' stroke-dasharray="5 4"' : ''}/>${dots}`;
  });
  const legend = legendOf(series, colourOf, { right, top: MARGIN.top + 8 });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeMarkup(title)}" class="chart">`,
    STYLE,
    `<rect width="${width}" height="${height}" class="paper"/>`,
    text([MARGIN.left, 20], title, 'class="title"'),
    ...grid,
    line([MARGIN.left, bottom], [right, bottom], 'class="axis"'),
    text([MARGIN.left + inner.width / 2, height - 6], x, 'text-anchor="middle"'),
    text([0, 0], y, `text-anchor="middle" transform="translate(14 ${fixed(MARGIN.top + inner.height / 2)}) rotate(-90)"`),
    ...marked,
    ...lines,
    ...legend,
    '</svg>',
  ].join('\n');
}

const STYLE = `<style>
.chart text { font: 12px system-ui, sans-serif; fill: #444 } .chart .title { font-size: 14px; font-weight: 600; fill: #222 }
.chart .paper { fill: #fff } .chart .grid { stroke: #e4e4e4 } .chart .axis { stroke: #888 } .chart .mark { stroke: #999; stroke-dasharray: 3 3 } .chart .box { fill: #fff; fill-opacity: .8 }
@media (prefers-color-scheme: dark) { .chart text { fill: #bbb } .chart .title { fill: #eee } .chart .paper, .chart .box { fill: #16181c } .chart .grid { stroke: #2c2f36 } }
</style>`;

function legendOf(series: readonly Series[], colourOf: (i: number) => string, { right, top }: { right: number; top: number }): string[] {
  const wide = 34 + 6.6 * Math.max(...series.map(({ name }) => name.length), 1);
  const box = `<rect class="box" x="${fixed(right - wide)}" y="${fixed(top - 6)}" width="${fixed(wide)}" height="${series.length * 17 + 6}"/>`;
  return [
    box,
    ...series.map(({ name, dashed }, i) => {
      const middle = top + 8 + 17 * i;
      return (
        `<line x1="${fixed(right - wide + 6)}" y1="${middle - 4}" x2="${fixed(right - wide + 26)}" y2="${middle - 4}" stroke="${colourOf(i)}" stroke-width="2"${dashed ? ' stroke-dasharray="5 4"' : ''}/>` +
        `<text x="${fixed(right - wide + 31)}" y="${middle}">${escapeMarkup(name)}</text>`
      );
    }),
  ];
}

const fixed = (value: number): string => String(Math.round(value * 10) / 10);

/** `0.05`, `1e-7`, `20k`. */
function label(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(0).replace('e+', 'e');
  return size >= 10_000 ? `${value / 1000}k` : String(Number(value.toPrecision(6)));
}
