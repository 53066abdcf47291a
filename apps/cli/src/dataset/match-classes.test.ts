import { describe, expect, test } from 'vitest';
import { matchClasses } from './match-classes.ts';

const network = (names: readonly string[], identifiers?: readonly string[]) => ({
  classes: names.length,
  labels: { names, ...(identifiers && { identifiers }) },
});

describe('classes are matched with outputs', () => {
  test.each([
    ['that differ only in case', ['Ant', 'ant'], network(['ant', 'Ant']), [1, 0], []],
    ['by identifier', ['n02', 'n01'], network(['tench', 'goldfish'], ['n01', 'n02']), [1, 0], []],
    ['by name and by identifier', ['n02', 'tench'], network(['tench', 'goldfish'], ['n01', 'n02']), [1, 0], []],
    ['by a name that is there twice, told by its identifier', ['n02'], network(['crane', 'crane'], ['n01', 'n02']), [1], []],
    [
      'that are written otherwise, with a note',
      ['great_white_shark', 'Tench'],
      network(['tench', 'great white shark']),
      [1, 0],
      ['great_white_shark = great white shark, Tench = tench'],
    ],
    [
      'without names in their order, with a note',
      ['a', 'b'],
      { classes: 2, labels: undefined },
      [0, 1],
      ['taken in the order of the folders (a, b)'],
    ],
  ])('%s', (_, classes, given, outputs, notes) => {
    expect(matchClasses('photos', classes, given)).toEqual({ outputs, notes: notes.map((note) => expect.stringContaining(note)) });
  });
});

test.each([
  [
    'one of two by case',
    ['ANT'],
    network(['Ant', 'ant']),
    /not plain which output is meant by ANT \(output 0, Ant or 1, ant\)\. Call the folders as the network/,
  ],
  [
    'a name that is there twice',
    ['crane'],
    network(['crane', 'crane'], ['n01', 'n02']),
    /crane \(output 0, n01 or 1, n02\)\..* or by their identifiers/,
  ],
  ['two folders for one output', ['n01', 'tench'], network(['tench', 'goldfish'], ['n01', 'n02']), /tench and n01 \(output 0\)/],
  ['two folders that differ in case', ['Ant', 'ANT'], network(['ant', 'bee']), /Ant \(output 0, ant\), ANT \(output 0, ant\)/],
  [
    'a class that it does not have',
    ['wasp', 'ant'],
    network(['ant', 'bee']),
    /1 of 2 classes are not the network's \(wasp\)\. It knows ant, bee/,
  ],
  [
    'outputs without names, of another number',
    ['a'],
    { classes: 2, labels: undefined },
    /1 classes, but the network has 2 outputs without names/,
  ],
])('%s is refused', (_, classes, given, message) => {
  expect(() => matchClasses('photos', classes, given)).toThrow(message);
});
