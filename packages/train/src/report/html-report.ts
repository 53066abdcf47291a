import type { Evaluation } from '../evaluate/evaluation.ts';
import type { EpochSummary } from '../fit/history.ts';
import { cellId, confusionTable } from './confusion-table.ts';
import { lineChart } from './line-chart.ts';
import { escapeMarkup, percentOf } from './markup.ts';

export interface ReportImage {
  /** A data URL, so that the report is one file. */
  readonly url: string;
  readonly path?: string;
  /** A data URL of where the network looked in it. */
  readonly heat?: string;
}

/** Pictures of images of one class that were taken for another. */
export interface ConfusedPictures {
  readonly actual: number;
  readonly predicted: number;
  readonly pictures: readonly ReportImage[];
}

export interface Report {
  readonly title: string;
  /** What was done, as it is to be read: `['model', 'resnet20_cifar']`. */
  readonly facts?: readonly (readonly [what: string, value: string])[];
  readonly history?: readonly EpochSummary[];
  readonly evaluation?: Evaluation;
  /** The pictures of `evaluation.worst`, in its order. */
  readonly worstImages?: readonly (ReportImage | undefined)[];
  /** What a click on a cell of the confusion matrix shows. */
  readonly confusedImages?: readonly ConfusedPictures[];
  /** Images that could not be read, and why. */
  readonly leftOut?: readonly { readonly image: string; readonly error: string }[];
}

/** A page with curves, confusion matrix, classes, calibration and the worst images, all in one file, to be opened offline. */
export function htmlReport({
  title,
  facts = [],
  history = [],
  evaluation,
  worstImages = [],
  confusedImages = [],
  leftOut = [],
}: Report): string {
  const sections = [
    facts.length
      ? `<dl class="facts">${facts.map(([what, value]) => `<dt>${escapeMarkup(what)}</dt><dd>${escapeMarkup(value)}</dd>`).join('')}</dl>`
      : '',
    history.length ? section('Training', curves(history)) : '',
    ...(evaluation ? evaluationSections(evaluation, worstImages, confusedImages) : []),
    leftOut.length ? section('Left out', leftOutList(leftOut)) : '',
  ];
  return htmlPage(title, sections);
}

/** A page of sections, all in one file. @param sections markup; empty ones are left out */
export const htmlPage = (title: string, sections: readonly string[]): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeMarkup(title)}</title>
<style>${STYLE}</style></head>
<body><main><h1>${escapeMarkup(title)}</h1>
${sections.filter(Boolean).join('\n')}
</main></body></html>
`;

/** Markup under a heading. */
export const section = (heading: string, body: string): string => `<section><h2>${heading}</h2>\n${body}\n</section>`;

const leftOutList = (leftOut: NonNullable<Report['leftOut']>): string =>
  `<p>These images could not be read.</p><ul>${leftOut
    .map(({ image, error }) => `<li><code>${escapeMarkup(image)}</code>: ${escapeMarkup(error)}</li>`)
    .join('')}</ul>`;

function curves(history: readonly EpochSummary[]): string {
  const series = (of: (epoch: EpochSummary) => number | undefined) =>
    history.flatMap((epoch) => {
      const value = of(epoch);
      return value === undefined ? [] : [[epoch.epoch + 1, value] as const];
    });
  const pair = (key: 'loss' | 'accuracy') => [
    { name: 'training', points: series(({ train }) => train[key]) },
    { name: 'validation', points: series(({ validation }) => validation?.[key]) },
  ];
  const shown = (key: 'loss' | 'accuracy') => pair(key).filter(({ points }) => points.length > 0);
  return `<div class="charts">${lineChart(shown('loss'), { title: 'Loss', x: 'epoch', y: 'loss', width: 520 })}
${lineChart(shown('accuracy'), { title: 'Accuracy', x: 'epoch', y: 'share that was right', width: 520 })}</div>`;
}

function evaluationSections(
  evaluation: Evaluation,
  worstImages: NonNullable<Report['worstImages']>,
  confusedImages: readonly ConfusedPictures[],
): string[] {
  const { images, loss, topK, classes, mostConfused, calibration, worst } = evaluation;
  const name = (index: number) => escapeMarkup(classes[index]?.name ?? String(index));
  const numbers = [
    ...Object.entries(topK).map(([k, share]) => [`top-${k}`, percentOf(share)]),
    ['loss', loss.toFixed(4)],
    ['calibration error', percentOf(calibration.ece)],
    ['images', String(images)],
  ];
  const confused = mostConfused.map((pair) => `<li>${name(pair.actual)} taken for ${name(pair.predicted)}: ${pair.images}</li>`);
  const rows = classes.map(
    (row) =>
      `<tr><th scope="row">${escapeMarkup(row.name)}</th><td>${row.images}</td><td>${percentOf(row.recall)}</td><td>${percentOf(row.precision)}</td></tr>`,
  );
  const bins = calibration.bins.filter((bin) => bin.images > 0);
  const reliability = lineChart(
    [
      { name: 'right', points: bins.map((bin) => [bin.confidence, bin.accuracy]) },
      {
        name: 'ideal',
        points: [
          [0, 0],
          [1, 1],
        ],
        dashed: true,
        group: 6,
      },
    ],
    { title: 'How often it is right when it is that sure', x: 'probability it gives', y: 'share that was right', width: 420 },
  );
  const figures = worst.map((mistake, i) => {
    const image = worstImages[i];
    return `<figure${whereOf(image)}>${pictureOf(image)}<figcaption>${name(mistake.label)}, taken for ${name(mistake.predicted)}<br><small>${percentOf(mistake.probability)} for the right class</small></figcaption></figure>`;
  });
  const matrix = confusionTable(evaluation, { linked: confusedImages });
  const cells = confusedImages.map(
    ({ actual, predicted, pictures }) =>
      `<div class="cell" id="${cellId(actual, predicted)}"><h3>${name(actual)} taken for ${name(predicted)}</h3><div class="worst">${pictures
        .map((picture) => `<figure${whereOf(picture)}>${pictureOf(picture)}</figure>`)
        .join('')}</div></div>`,
  );
  return [
    section(
      'Evaluation',
      `<dl class="numbers">${numbers.map(([what, value]) => `<div><dt>${what}</dt><dd>${value}</dd></div>`).join('')}</dl>`,
    ),
    matrix
      ? section(
          'Confusion',
          `<p>Rows are what images show, columns what they were taken for.${cells.length ? ' A click on a number shows its photos.' : ''}</p><div class="wide">${matrix}</div>${cells.join('\n')}`,
        )
      : '',
    confused.length ? section('Mixed up most often', `<ol>${confused.join('')}</ol>`) : '',
    section(
      'Classes',
      `<table class="classes"><thead><tr><th></th><th>images</th><th>recall</th><th>precision</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`,
    ),
    section('Calibration', reliability),
    figures.length ? section('Worst images', `<div class="worst">${figures.join('\n')}</div>`) : '',
  ];
}

const pictureOf = (image: ReportImage | undefined): string =>
  image
    ? `<img src="${escapeMarkup(image.url)}" alt="">${image.heat ? `<img src="${escapeMarkup(image.heat)}" alt="where the network looked">` : ''}`
    : '';

const whereOf = (image: ReportImage | undefined): string => (image?.path ? ` title="${escapeMarkup(image.path)}"` : '');

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { margin: 0; background: light-dark(#f6f6f4, #0f1113); color: light-dark(#222, #ddd) }
main { max-width: 1120px; margin: 0 auto; padding: 24px }
h1 { font-size: 26px } h2 { font-size: 18px; margin: 32px 0 8px }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px } .facts dt { opacity: .65 } .facts dd { margin: 0 }
.charts { display: flex; flex-wrap: wrap; gap: 16px } .charts svg { max-width: 100%; height: auto }
.numbers { display: flex; flex-wrap: wrap; gap: 28px } .numbers dt { opacity: .65 } .numbers dd { margin: 0; font-size: 24px; font-weight: 600 }
.wide { overflow-x: auto } table { border-collapse: collapse } th { font-weight: 500; text-align: left; padding: 2px 10px 2px 0 }
td { text-align: right; padding: 3px 8px; font-variant-numeric: tabular-nums }
.confusion td { min-width: 30px; border: 1px solid light-dark(#e8e8e6, #24272c) } .confusion thead span { writing-mode: vertical-rl; transform: rotate(180deg) }
.lead { max-width: 78ch } .worst { display: flex; flex-wrap: wrap; gap: 14px } figure { margin: 0; width: 132px } figure img { width: 132px; image-rendering: auto; border-radius: 6px } figcaption { font-size: 13px }
.confusion a { color: inherit } .cell { display: none; margin-top: 12px } .cell:target { display: block } h3 { font-size: 15px; margin: 8px 0 }
`;
