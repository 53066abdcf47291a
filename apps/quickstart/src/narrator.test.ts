import { expect, test } from 'vitest';
import { wrapped } from './narrator.ts';

test('text is broken between words, at the width', () => {
  expect(wrapped('one two three four', 9)).toBe('one two\nthree\nfour');
  expect(wrapped('unbreakable', 4)).toBe('unbreakable');
});
