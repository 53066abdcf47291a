import { expect, test } from 'vitest';
import { decodeText } from './decode-text.ts';

const utf16 = (text: string, { bigEndian = false } = {}) => {
  const bytes = Buffer.from(text, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
};

test.each([
  ['UTF-8', Buffer.from('Käfer\n犬')],
  ['UTF-8 with a byte-order mark', Buffer.from('\uFEFFKäfer\n犬')],
  ['UTF-16, little-endian, with a mark', utf16('\uFEFFKäfer\n犬')],
  ['UTF-16, big-endian, with a mark', utf16('\uFEFFKäfer\n犬', { bigEndian: true })],
  ['UTF-16, little-endian, without', utf16('Käfer\n犬')],
  ['UTF-16, big-endian, without', utf16('Käfer\n犬', { bigEndian: true })],
])('%s is read', (_, bytes) => {
  expect(decodeText(bytes, 'a.txt')).toBe('Käfer\n犬');
});

test('what is not UTF-8 is Windows-1252, as Excel saves its plain CSV', () => {
  expect(decodeText(Buffer.from('Käfer', 'latin1'), 'a.txt')).toBe('Käfer');
  expect(decodeText(new Uint8Array(0), 'a.txt')).toBe('');
});

test.each([
  ['a spreadsheet', 'PK\x03\x04\x14\0'],
  ['a picture', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR'],
])('%s is no text', (_, start) => {
  expect(() => decodeText(Buffer.from(start, 'latin1'), 'labels.csv')).toThrow(
    /^labels\.csv: no text, by its bytes\..*saved as CSV first\.$/,
  );
});
