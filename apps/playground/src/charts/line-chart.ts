import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { element } from '../element.ts';
import './charts.css';

/** One line of a chart. */
export interface Series {
  readonly label: string;
  /** A custom property of the page's style: `--net-plain`. */
  readonly colour: string;
  /** Lengths of dashes and gaps in pixels; a whole line without. */
  readonly dash?: readonly number[];
}

export interface LineChartOptions {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
  /** Whether y goes by powers of ten. */
  readonly logarithmic?: boolean;
  /** y's range, where it is known before. */
  readonly range?: readonly [low: number, high: number];
}

/** What is drawn: for each series a value at each x, or `null` where it has none. */
export interface LineData {
  readonly x: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
  /** The chart in words, for whoever does not see it: its latest values. */
  readonly summary: string;
}

export interface LineChart {
  readonly root: HTMLElement;
  /** Draws at the next frame; of what is shown more often than there are frames only the last is drawn. */
  show(data: LineData): void;
  dispose(): void;
}

const HEIGHT = 240;
/** Steps and layers are whole numbers. */
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** Lines that grow, in the page's colours by day and by night, as wide as there is room. */
export function lineChart({ title, x, y, series, logarithmic = false, range }: LineChartOptions): LineChart {
  const plot = element('div', { className: 'plot', role: 'img', 'aria-label': `${title}: nothing yet` });
  const swatches = series.map(({ colour, dash }) => {
    const swatch = element('span', { className: dash ? 'swatch dashed' : 'swatch', 'aria-hidden': 'true' });
    swatch.style.color = `var(${colour})`;
    return swatch;
  });
  const legend = element(
    'ul',
    { className: 'legend' },
    ...series.map(({ label }, i) => element('li', {}, swatches[i] as HTMLElement, label)),
  );
  const root = element('figure', { className: 'chart' }, element('figcaption', {}, title), plot, legend);

  let chart: uPlot | undefined;
  let waiting: LineData | undefined;
  let frame = 0;
  const draw = () => {
    frame = 0;
    const { clientWidth: width } = plot;
    if (!waiting || width === 0) return;
    chart ??= new uPlot(options(width), [[]], plot);
    chart.setData([[...waiting.x], ...waiting.values.map((values) => [...values])] as uPlot.AlignedData);
    plot.setAttribute('aria-label', `${title}: ${waiting.summary}`);
    plot.dataset.points = String(waiting.x.length);
  };
  const schedule = () => {
    frame ||= requestAnimationFrame(draw);
  };
  const options = (width: number): uPlot.Options => {
    const colourOf = (node: Element) => () => getComputedStyle(node).color;
    const axis = (label: string): uPlot.Axis => ({
      label,
      size: 26,
      gap: 4,
      labelSize: 20,
      labelGap: 0,
      labelFont: '12px system-ui, sans-serif',
      font: '12px system-ui, sans-serif',
      stroke: colourOf(legend),
      grid: { stroke: () => getComputedStyle(plot).borderTopColor, width: 1 },
      ticks: { show: false },
    });
    return {
      width,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false },
        y: logarithmic
          ? { distr: 3, log: 10 }
          : range
            ? { range: [...range] }
            : { range: (_, low, high) => [Math.min(0, low), high * 1.05] },
      },
      axes: [
        { ...axis(x), incrs: WHOLE },
        { ...axis(y), size: 44, ...(logarithmic && { values: (_: uPlot, marks: number[]) => marks.map(powerOfTen), filter: powersOfTen }) },
      ],
      series: [
        {},
        ...series.map(
          ({ label, dash }, i): uPlot.Series => ({
            label,
            stroke: colourOf(swatches[i] as HTMLElement),
            width: 2,
            points: { show: false },
            spanGaps: true,
            ...(dash && { dash: [...dash] }),
          }),
        ),
      ],
    };
  };

  const resized = new ResizeObserver(() => {
    if (chart && plot.clientWidth > 0) chart.setSize({ width: plot.clientWidth, height: HEIGHT });
    else schedule();
  });
  resized.observe(plot);
  const night = matchMedia('(prefers-color-scheme: dark)');
  const redraw = () => chart?.redraw(false, true);
  night.addEventListener('change', redraw);

  return {
    root,
    show(data) {
      waiting = data;
      schedule();
    },
    dispose() {
      cancelAnimationFrame(frame);
      resized.disconnect();
      night.removeEventListener('change', redraw);
      chart?.destroy();
    },
  };
}

const powersOfTen = (_: uPlot, marks: number[]) => marks.map((mark) => (Number.isInteger(Math.log10(mark)) ? mark : null));

/** Only whole powers are named, or they stand too close. */
const powerOfTen = (value: number | null): string =>
  value !== null && Number.isInteger(Math.log10(value)) ? `1e${Math.log10(value)}` : '';
