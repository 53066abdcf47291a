import util from 'node:util';
import { expect, test } from 'vitest';
import { restoreUtil } from './restore-util.ts';

test('what Node 23 removed from util comes back, and does what it did', () => {
  const bare: Record<string, unknown> = { isArray: Array.isArray };
  const restored = restoreUtil(bare);
  expect(restored).toContain('isNullOrUndefined');
  expect(restored).not.toContain('isArray');
  const is = bare as Record<string, (value: unknown) => boolean>;
  const values = [null, undefined, 0, '', false, [], {}, () => 0, /a/, new Date(0), new Error('e'), Symbol('s')];
  const truth = (name: string) => values.flatMap((value, i) => (is[name]?.(value) ? [i] : []));
  // Positions in the list above, as Node 20's own functions answer.
  expect(Object.fromEntries(Object.keys(bare).map((name) => [name, truth(name)]))).toEqual({
    isArray: [5],
    isBoolean: [4],
    isDate: [9],
    isError: [10],
    isFunction: [7],
    isNull: [0],
    isNullOrUndefined: [0, 1],
    isNumber: [2],
    isObject: [5, 6, 8, 9, 10],
    isPrimitive: [0, 1, 2, 3, 4, 11],
    isRegExp: [8],
    isString: [3],
    isSymbol: [11],
    isUndefined: [1],
  });
});

test('what this Node still has is left alone', () => {
  const before = { ...util };
  const copy: Record<string, unknown> = { ...util };
  const restored = restoreUtil(copy);
  for (const name of Object.keys(before)) expect(copy[name]).toBe((before as Record<string, unknown>)[name]);
  for (const name of restored) expect(name in before).toBe(false);
});
