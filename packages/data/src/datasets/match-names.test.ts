import { expect, test } from 'vitest';
import { matchNames } from './match-names.ts';

const nfd = (text: string) => text.normalize('NFD');

test.each([
  ['in another order', ['b', 'a'], ['a', 'b'], [1, 0]],
  ['that differ only in case, where both are there', ['ant', 'Ant'], ['Ant', 'ant'], [1, 0]],
  ['in another case', ['Ant', 'BEE'], ['ant', 'Bee'], [0, 1]],
  ['with underscores for spaces', ['great_white_shark', 'tiger-shark'], ['great white shark', 'tiger shark'], [0, 1]],
  ['that differ only in underscores, where both are there', ['a_b', 'a b'], ['a b', 'a_b'], [1, 0]],
  ['in another form of Unicode', [nfd('café')], ['café'], [0]],
  ['that differ only in the form of Unicode, where both are there', [nfd('café'), 'café'], ['café', nfd('café')], [1, 0]],
  ['that differ in all of these', [nfd('Grand_Café')], ['grand café'], [0]],
])('names %s are found', (_, names, others, indices) => {
  const found = matchNames(names, others);
  expect(found.indices).toEqual(indices);
  expect([found.unknown, found.doubtful]).toEqual([[], []]);
  // what is not the same text is told
  expect(found.loosely).toEqual(
    names.flatMap((name, i) => (others[indices[i] as number] === name ? [] : [{ name, found: others[indices[i] as number] }])),
  );
});

test.each([
  ['one of two by case', ['ANT'], ['Ant', 'ant'], [{ name: 'ANT', candidates: [0, 1] }]],
  [
    'two for one',
    ['Ant', 'ANT'],
    ['ant'],
    [
      { name: 'Ant', candidates: [0] },
      { name: 'ANT', candidates: [0] },
    ],
  ],
  ['a name that is there twice', ['crane'], ['crane', 'heron', 'crane'], [{ name: 'crane', candidates: [0, 2] }]],
  ['one of two by spaces', ['a-b'], ['a b', 'a_b'], [{ name: 'a-b', candidates: [0, 1] }]],
])('%s is in doubt, and not taken', (_, names, others, doubtful) => {
  const found = matchNames(names, others);
  expect(found.doubtful).toEqual(doubtful);
  expect(found.indices).toEqual(names.map(() => -1));
});

test('no two names find the same: what one has as it is, another does not get', () => {
  expect(matchNames(['Ant', 'ant'], ['ant', 'bee'])).toMatchObject({ indices: [-1, 0], unknown: ['Ant'], loosely: [] });
});

test('a name that is not there is told', () => {
  expect(matchNames(['wasp', 'ant'], ['ant'])).toEqual({ indices: [-1, 0], loosely: [], doubtful: [], unknown: ['wasp'] });
});
