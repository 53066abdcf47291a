import { describe, expect, test } from 'vitest';
import { parseClassNames } from './class-names.ts';

const names = ['tench', 'great white shark', 'Käfer'];
const identifiers = ['n01440764', 'n01484850', 'n02165105'];
const indexed = <T>(entries: readonly T[]) => Object.fromEntries(entries.map((entry, i) => [String(i), entry]));
const json = (value: unknown) => JSON.stringify(value, null, 1);

const FORMS: Readonly<Record<string, string>> = {
  'one name a line': names.join('\n'),
  'one name a line, with a line end': `${names.join('\n')}\n`,
  "Windows' line ends": `${names.join('\r\n')}\r\n`,
  "old Macs' line ends": names.join('\r'),
  'empty lines at the end, and spaces around': ` ${names.join(' \n ')}\n\n \n`,
  'a JSON list': json(names),
  "the hub's object by number": json(indexed(names)),
  "the hub's object, in another order": json({ 2: names[2], 0: names[0], 1: names[1] }),
  "the hub's whole config.json": json({ architectures: ['ResNet'], id2label: indexed(names), label2id: { tench: 0 } }),
  "torchvision's class_to_idx": json(Object.fromEntries(names.map((name, i) => [name, i]))),
};

const ENCODINGS: Readonly<Record<string, (text: string) => Uint8Array>> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-8 with a mark': (text) => Buffer.from(`\uFEFF${text}`),
  'UTF-16 with a mark': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
};

describe.each(Object.entries(ENCODINGS))('in %s', (_, encode) => {
  test.each(Object.entries(FORMS))('%s is read', (__, text) => {
    expect(parseClassNames(encode(text), 'labels')).toEqual({ names });
  });

  test('ImageNet’s class index has identifiers, too', () => {
    const pairs = names.map((name, i) => [identifiers[i], name]);
    expect(parseClassNames(encode(json(indexed(pairs))), 'index.json')).toEqual({ names, identifiers });
    expect(parseClassNames(encode(json(pairs)), 'index.json')).toEqual({ names, identifiers });
  });
});

test('ten numbers and more are in the order of their value', () => {
  const many = Array.from({ length: 12 }, (_, i) => `class ${i}`);
  expect(parseClassNames(Buffer.from(json(indexed(many))), 'a.json').names).toEqual(many);
});

test.each([
  ['nothing', ' \n', /labels: no names in it/],
  ['an empty list', '[]', /labels: no names in it/],
  ['an empty line between names', 'ant\n\nbee\n', /line 2 is empty, so the names after it may be one off/],
  ['a number left out', '{"0": "ant", "2": "bee"}', /2 names, but none with number 1\. Expected the numbers 0 to 1/],
  ['numbers from 1', '{"1": "ant", "2": "bee"}', /2 names, but none with number 0/],
  ['a number twice', '{"0": "ant", "00": "bee"}', /number 0 has two names/],
  ['a number as a name', '["ant", 3]', /it has entry 1, 3/],
  ['names and pairs', '["ant", ["n1", "bee"]]', /names and pairs in one list/],
  ['a picture', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR', /labels: no text, by its bytes/],
  ['something else', '{"model": "resnet18"}', /it has an object with "model"/],
  ['a dict of Python', "{0: 'tench',\n 1: 'goldfish'}", /It looks like a dict of Python: save it with json\.dump/],
  ['broken JSON', '["ant", ', /not JSON \(.*\)\. Give a JSON list of names, or one name a line/],
])('%s is refused', (_, text, message) => {
  expect(() => parseClassNames(Buffer.from(text), 'labels')).toThrow(message);
});
