import { expect, test } from 'vitest';
import { arrayDataset } from './array-dataset.ts';
import { withClasses } from './with-classes.ts';

const grey = (value: number) => ({ width: 1, height: 1, data: new Uint8Array(3).fill(value) });
/** Image i has the value i. */
const labelled = (labels: readonly number[], classes: readonly string[]) =>
  arrayDataset(
    labels.map((_, i) => grey(i)),
    labels,
    classes,
  );

const described = async (set: ReturnType<typeof withClasses>['dataset']) =>
  Promise.all(
    Array.from({ length: set.length }, async (_, i) => {
      const { image, label } = await set.get(i);
      expect([set.label?.(i), set.source?.(i).label]).toEqual([label, label]);
      return `${image.data[0]} ${set.classes?.[label]}`;
    }),
  );

test.each([
  ['in another order', ['bee', 'ant'], ['ant', 'bee'], ['0 bee', '1 ant', '2 ant']],
  ['among more', ['ant', 'bee'], ['ant', 'asp', 'bee'], ['0 ant', '1 bee', '2 bee']],
  ['with one left out', ['ant', 'newt'], ['ant', 'bee'], ['0 ant']],
  ['in another case', ['Bee', 'ant'], ['ant', 'bee'], ['0 bee', '1 ant', '2 ant']],
])('samples keep their class by its name: %s', async (_, own, classes, expected) => {
  expect(await described(withClasses(labelled([0, 1, 1], own), classes).dataset)).toEqual(expected);
});

test('what was left out or not written alike is told', () => {
  expect(withClasses(labelled([0, 1, 1], ['Ant', 'newt']), ['ant', 'bee'])).toMatchObject({
    leftOut: [{ name: 'newt', samples: 2 }],
    loosely: [{ name: 'Ant', found: 'ant' }],
  });
});

test('the same classes are the same dataset', () => {
  const set = labelled([0, 1], ['ant', 'bee']);
  expect(withClasses(set, ['ant', 'bee']).dataset).toBe(set);
});

test('a name that may be one of several is refused', () => {
  expect(() => withClasses(labelled([0], ['ANT']), ['Ant', 'ant'])).toThrow(/not plain which class each of these is: ANT \(Ant, ant\)/);
  expect(() => withClasses({ length: 0, get: () => Promise.reject() }, ['a'])).toThrow(/expected a dataset with the names of its classes/);
});
