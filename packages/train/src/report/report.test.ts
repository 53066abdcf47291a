import { describe, expect, test } from 'vitest';
import { tally } from '../evaluate/tally.ts';
import { htmlReport } from './html-report.ts';
import { lineChart } from './line-chart.ts';
import { linearScale, logScale } from './scale.ts';

describe('axes', () => {
  test('end at round numbers around what they hold', () => {
    expect(linearScale([0.13, 2.31]).ticks).toEqual([0, 0.5, 1, 1.5, 2, 2.5]);
    expect(linearScale([1, 2, 3, 10]).ticks).toEqual([0, 2, 4, 6, 8, 10]);
    expect(linearScale([0.1, 0.3]).at(0.2)).toBeCloseTo(0.5, 12);
  });
  test('of one number, of none and of what is no number still have a length', () => {
    for (const values of [[5], [0], [], [Number.NaN, Number.POSITIVE_INFINITY]]) {
      const { ticks, at } = linearScale(values);
      expect(ticks.length, String(values)).toBeGreaterThan(1);
      expect(ticks.every(Number.isFinite) && Number.isFinite(at(values.find(Number.isFinite) ?? 0)), String(values)).toBe(true);
    }
  });
  test('of powers of ten leave out what has no logarithm', () => {
    expect(logScale([1e-7, 0.3, 0, -2]).ticks).toHaveLength(8);
    expect(logScale([1e-7, 1e-3]).at(1e-5)).toBeCloseTo(0.5, 12);
  });
});

test('a chart has a line for each series, and no point that is no number', () => {
  const svg = lineChart(
    [
      {
        name: 'a & b',
        points: [
          [0, 1],
          [1, Number.NaN],
          [2, 3],
        ],
      },
      {
        name: 'c',
        points: [
          [0, 2],
          [2, 4],
        ],
        dashed: true,
      },
    ],
    { title: '<loss>', x: 'step', y: 'loss', marks: [{ x: 1, text: 'here' }] },
  );
  expect(svg.match(/<polyline/g)).toHaveLength(2);
  expect(svg.match(/points="[^"]*"/)?.[0].split(' ')).toHaveLength(2);
  expect(svg).not.toContain('NaN');
  expect(svg).toContain('&#60;loss&#62;');
  expect(svg).toContain('a &#38; b');
  expect(svg).toContain('>here</text>');
});

describe('the report', () => {
  const counted = tally({ classes: ['cat', '<dog>'], topK: [1], bins: 15, worst: 2, examples: 3 });
  counted.add(Float32Array.of(2, 0), 0, 0);
  counted.add(Float32Array.of(2, 0), 1, 1);
  const page = htmlReport({
    title: 'Cats & dogs',
    facts: [['model', 'resnet18']],
    history: [0, 1].map((epoch) => ({
      epoch,
      step: epoch,
      learningRate: 0.1,
      train: { loss: 1 / (epoch + 1), accuracy: 0.5 },
      validation: { loss: 2, accuracy: 0.25 },
    })),
    evaluation: counted.total(),
    worstImages: [{ url: 'data:image/png;base64,AAAA', path: 'test/"x".png', heat: 'data:image/png;base64,HEAT' }],
    confusedImages: [{ actual: 1, predicted: 0, pictures: [{ url: 'data:image/png;base64,BBBB' }] }],
  });

  test('is one file: nothing is fetched', () => {
    expect(page).not.toMatch(/(src|href)="(?!data:|#)/);
    expect(page).not.toContain('@import');
  });
  test('says what was measured', () => {
    expect(page).toContain('<dt>top-1</dt><dd>50.0 %</dd>');
    expect(page).toContain('&#60;dog&#62; taken for cat: 1');
    expect(page.match(/<svg/g)).toHaveLength(3);
    expect(page).toContain('data:image/png;base64,AAAA');
    expect(page).toContain('11.9 % for the right class'); // 1 / (1 + e²)
  });
  test('shows where the network looked, and the photos of a cell of the confusion matrix that is clicked', () => {
    expect(counted.total().examples).toEqual([{ actual: 1, predicted: 0, indices: [1] }]);
    expect(page).toContain('data:image/png;base64,HEAT');
    expect(page).toContain('<a href="#taken-1-0">1</a>');
    expect(page).toMatch(/<div class="cell" id="taken-1-0"><h3>&#60;dog&#62; taken for cat<.*BBBB/);
    expect(page.match(/<a /g)).toHaveLength(1);
  });
  test('lets no name become markup', () => {
    expect(page).not.toContain('<dog>');
    expect(page).toContain('title="test/&#34;x&#34;.png"');
  });
  test('of a training alone has its curves, of an evaluation alone its tables', () => {
    expect(htmlReport({ title: 'x', history: [] })).not.toContain('<svg');
    expect(htmlReport({ title: 'x', evaluation: counted.total() })).toContain('Confusion');
  });
});
