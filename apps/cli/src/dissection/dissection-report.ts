import type { Dissection, Score } from '@resnetjs/explain';
import { escapeMarkup, heatMap, htmlPage, lineChart, percentOf, type Series, section } from '@resnetjs/train/report';
import { counted, percent } from '../print/quantities.ts';

/** A network that was looked into. */
export interface Dissected {
  readonly name: string;
  readonly found: Dissection;
}

export interface DissectionReport {
  readonly title: string;
  readonly images: string;
  /** One, or several that are drawn into the same charts. */
  readonly networks: readonly Dissected[];
}

/** A page of everything that was found, with words that say what each picture shows, all in one file. */
export function dissectionReport({ title, images, networks }: DissectionReport): string {
  const facts = [
    ['images', images],
    ...networks.map(({ name, found }) => [
      name,
      `${counted(found.blocks.length, 'block')} (${kinds(found)}), ${percentOf(found.whole.accuracy)} right`,
    ]),
  ];
  return htmlPage(title, [
    `<dl class="facts">${facts.map(([what = '', value = '']) => `<dt>${escapeMarkup(what)}</dt><dd>${escapeMarkup(value)}</dd>`).join('')}</dl>`,
    ...dissectionCharts(networks).map(({ heading, lead, charts }) =>
      section(
        heading,
        `${lead.map((words) => `<p class="lead">${escapeMarkup(words)}</p>`).join('')}<div class="charts">${charts.join('\n')}</div>`,
      ),
    ),
    ...networks.map(({ name, found }) => section(`Blocks of ${escapeMarkup(name)}`, blockTable(found))),
  ]);
}

const KINDS = {
  identity: ['identity shortcut', 'identity shortcuts'],
  padded: ['shortcut padded with zeros', 'shortcuts padded with zeros'],
  projection: ['projection', 'projections'],
  none: ['block without a shortcut', 'blocks without shortcuts'],
} as const;

const kinds = ({ blocks }: Dissection): string =>
  Object.entries(KINDS)
    .map(([kind, [one, many]]) => [blocks.filter(({ shortcut }) => shortcut === kind).length, one, many] as const)
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => counted(count, one, many))
    .join(', ');

interface Pictured {
  readonly heading: string;
  /** What the picture shows, in plain words. */
  readonly lead: readonly string[];
  readonly charts: readonly string[];
}

const WIDTH = 520;
const errorOf = ({ accuracy }: Score): number => 100 * (1 - accuracy);
const points = (values: readonly number[], first = 1): [number, number][] => values.map((value, i) => [i + first, value]);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function dissectionCharts(networks: readonly Dissected[]): Pictured[] {
  return [
    withoutOne(networks),
    withoutSeveral(networks),
    reordered(networks),
    responses(networks),
    gradients(networks),
    ...paths(networks),
    similarity(networks),
  ];
}

function withoutOne(networks: readonly Dissected[]): Pictured {
  const series = networks.flatMap(({ name, found }, group): Series[] => {
    const places = new Map(found.dropped.map((one) => [one.block, errorOf(one)]));
    const dropped = found.blocks.flatMap(({ name: block }, i): [number, number][] =>
      places.has(block) ? [[i + 1, places.get(block) as number]] : [],
    );
    const whole: [number, number][] = [
      [1, errorOf(found.whole)],
      [found.blocks.length, errorOf(found.whole)],
    ];
    return [
      { name: `${name} without it`, points: dropped, group },
      { name: `${name}, whole`, points: whole, group, dashed: true },
    ];
  });
  return {
    heading: 'Without one block',
    lead: [
      "The error when a single block is left out of the trained network, nothing trained afterwards. Where a network has shortcuts, what would have entered the block's branch passes around it; in a plain network the block's layers are taken out, and what comes goes on to the next.",
      ...networks.map(({ name, found }) => {
        const costs = found.dropped.map((one) => 100 * (found.whole.accuracy - one.accuracy));
        const most = found.dropped.reduce((a, b) => (b.accuracy < a.accuracy ? b : a));
        return `${name} is wrong about ${percent(1 - found.whole.accuracy)} as it is. A block costs it ${mean(costs).toFixed(1)} points on average, ${median(costs).toFixed(1)} in the middle, and at most ${Math.max(...costs).toFixed(1)} (${most.block}).`;
      }),
    ],
    charts: [lineChart(series, { title: 'Error without one block', x: 'block that is left out', y: 'error, %', width: 2 * WIDTH })],
  };
}

function withoutSeveral(networks: readonly Dissected[]): Pictured {
  const series = networks.flatMap(({ name, found }, group): Series[] => {
    const groups = grouped(found.droppedAtRandom, ({ blocks }) => blocks.length);
    const of = (pick: (errors: readonly number[]) => number): [number, number][] => [
      [0, errorOf(found.whole)],
      [1, pick(found.dropped.map(errorOf))],
      ...groups.map(([count, drawn]): [number, number] => [count, pick(drawn.map(errorOf))]),
    ];
    return [
      { name: `${name}, mean`, points: of(mean), group },
      { name: `${name}, luckiest draw`, points: of((errors) => Math.min(...errors)), group, dashed: true },
    ];
  });
  return {
    heading: 'Without several blocks',
    lead: [
      'The error when several blocks, drawn at random, are left out at once. If a network were one chain of layers, it would fail at the first; if it is more like many shallow networks side by side, the error rises smoothly with the number of paths that are gone.',
    ],
    charts: [lineChart(series, { title: 'Error without several blocks', x: 'blocks left out', y: 'error, %', width: WIDTH })],
  };
}

function reordered(networks: readonly Dissected[]): Pictured {
  const swapped = networks.filter(({ found }) => found.swapped.length > 0);
  const series = swapped.map(({ name, found }, group): Series => {
    const groups = grouped(found.swapped, ({ pairs }) => pairs.length);
    return {
      name,
      group,
      points: [[0, errorOf(found.whole)], ...groups.map(([count, drawn]): [number, number] => [count, mean(drawn.map(errorOf))])],
    };
  });
  return {
    heading: 'In another order',
    lead: [
      'The error when pairs of blocks of one shape, drawn at random, change places. Pairs are drawn one after the other, so that a later one may undo an earlier; how much of the order is left is said below.',
      ...swapped.map(({ name, found }) => {
        const last = grouped(found.swapped, ({ pairs }) => pairs.length).at(-1) as [number, Dissection['swapped']];
        return `${name}: with ${counted(last[0], 'pair')} swapped, ${mean(last[1].map(({ orderKept }) => orderKept)).toFixed(2)} of the order is kept (Kendall's rank correlation), and the error is ${mean(last[1].map(errorOf)).toFixed(1)} %.`;
      }),
    ],
    charts: [lineChart(series, { title: 'Error with blocks swapped', x: 'pairs swapped', y: 'mean error, %', width: WIDTH })],
  };
}

function responses(networks: readonly Dissected[]): Pictured {
  const layers = (order: (values: number[]) => number[]): Series[] =>
    networks.map(({ name, found }, group) => ({
      name,
      group,
      points: points(order(found.responses.layers.map(({ deviation }) => deviation))),
    }));
  const residual = networks.filter(({ found }) => found.responses.blocks.length > 0);
  const shares = residual.map(
    ({ name, found }, group): Series => ({
      name,
      group,
      points: points(found.responses.blocks.map(({ residual: f, carried }) => f / carried)),
    }),
  );
  return {
    heading: 'How much a block adds',
    lead: [
      'The size of F(x), what a block adds, beside the size of what it adds it to (roots of their mean squares). Below 1 the block refines what came; far above 1 it replaces it.',
      'The other two pictures are those of the ResNet paper, figure 7: the standard deviation of what each layer gives after its norm, before the ReLU and the sum; in the order of the network, and sorted.',
      ...residual.map(({ name, found }) => {
        const all = found.responses.blocks.map(({ name: block, residual: f, carried }) => ({ block, share: f / carried }));
        const least = all.reduce((a, b) => (b.share < a.share ? b : a));
        return `In ${name} a block adds ${median(all.map(({ share }) => share)).toFixed(2)} of what came, in the middle; the least is added by ${least.block}: ${least.share.toFixed(2)}.`;
      }),
    ],
    charts: [
      ...(shares.length > 0
        ? [lineChart(shares, { title: 'Size of F(x) beside what it is added to', x: 'block', y: '|F(x)| / |x|', width: WIDTH })]
        : []),
      lineChart(
        layers((values) => values),
        { title: 'Responses by layer', x: 'layer', y: 'standard deviation', width: WIDTH },
      ),
      lineChart(
        layers((values) => values.toSorted((a, b) => b - a)),
        {
          title: 'Responses, the strongest first',
          x: 'rank of the layer',
          y: 'standard deviation',
          width: WIDTH,
        },
      ),
    ],
  };
}

function gradients(networks: readonly Dissected[]): Pictured {
  const series = networks.map(
    ({ name, found }, group): Series => ({ name, group, points: points(found.gradients.map(({ gradient }) => gradient)) }),
  );
  return {
    heading: 'Gradients by layer',
    lead: [
      "How long the gradient of each layer's weights is, from the image (left) to the head, on the trained network with its norms as they are. Where it is level, all layers would learn at one pace.",
    ],
    charts: [lineChart(series, { title: "Length of each layer's gradient", x: 'layer', y: 'length', logY: true, width: WIDTH })],
  };
}

function paths(networks: readonly Dissected[]): Pictured[] {
  const residual = networks.flatMap(({ name, found }) => (found.paths ? [{ name, found: found.paths, blocks: found.blocks.length }] : []));
  if (residual.length === 0) return [];
  return [
    {
      heading: 'Paths',
      lead: [
        'Each block can be gone through or around, so that n blocks make 2ⁿ paths. Most of them go through half of the blocks. The first picture has how many paths of each length there are, and how long the gradient is that arrives at the image through one of them; the second what all paths of a length bring together.',
        ...residual.map(({ name, found: { effective, lengths }, blocks }) => {
          const most = lengths.reduce((a, b) => (b.share > a.share ? b : a));
          return `${name}: of paths through 0 to ${blocks} blocks, those through ${effective.from} to ${effective.to} bring ${percent(effective.share)} of the gradient, most of it those through ${most.length}.`;
        }),
      ],
      charts: [
        lineChart(
          residual.flatMap(({ name, found: { lengths } }, group): Series[] => [
            { name: `${name}: gradient`, group, points: lengths.map(({ length, share }) => [length, 100 * share]) },
            { name: `${name}: paths`, group, dashed: true, points: lengths.map(({ length, paths: share }) => [length, 100 * share]) },
          ]),
          { title: 'Paths, and the gradient through them, by length', x: 'blocks gone through', y: 'share, %', width: WIDTH },
        ),
        lineChart(
          residual.map(
            ({ name, found: { lengths } }, group): Series => ({
              name,
              group,
              points: lengths.map(({ length, gradient }) => [length, gradient]),
            }),
          ),
          { title: 'The gradient through a single path', x: 'blocks gone through', y: 'length', logY: true, width: WIDTH },
        ),
      ],
    },
  ];
}

const similarity = (networks: readonly Dissected[]): Pictured => ({
  heading: 'How alike layers are',
  lead: [
    'Linear CKA between what all blocks give, first block top left: 1 where two tell the images apart in the same way. Neighbours that are alike have little to do between them; edges of squares are where the network changes its mind, usually where it subsamples.',
  ],
  charts: networks.map(({ name, found: { similarity: found } }) =>
    heatMap(found.matrix, { title: name, names: found.layers, what: 'CKA' }),
  ),
});

function blockTable({ blocks, dropped, whole, responses: { blocks: sizes } }: Dissection): string {
  const rows = blocks.map(({ name, shortcut }) => {
    const without = dropped.find(({ block }) => block === name);
    const size = sizes.find((one) => one.name === name);
    const cells = [
      KINDS[shortcut][0],
      size ? (size.residual / size.carried).toFixed(2) : '–',
      without ? percentOf(without.accuracy) : '–',
      without ? (100 * (whole.accuracy - without.accuracy)).toFixed(1) : '–',
      without ? without.loss.toFixed(3) : '–',
    ];
    return `<tr><th scope="row">${escapeMarkup(name)}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const heads = ['', 'shortcut', '|F(x)| / |x|', 'right without it', 'points lost', 'cross-entropy without it'];
  return `<div class="wide"><table><thead><tr>${heads.map((head) => `<th>${head}</th>`).join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

function grouped<T>(all: readonly T[], by: (one: T) => number): [number, T[]][] {
  const groups = new Map<number, T[]>();
  for (const one of all) groups.set(by(one), [...(groups.get(by(one)) ?? []), one]);
  return [...groups].toSorted(([a], [b]) => a - b);
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number;
