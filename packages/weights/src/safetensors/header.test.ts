import { describe, expect, test } from 'vitest';
import { forgeSafetensors, join, le } from '../../fixtures/forge.ts';
import { CheckpointError } from '../checkpoint-error.ts';
import { bytesSource } from '../sources/bytes-source.ts';
import { MAX_HEADER_BYTES, readHeader } from './header.ts';

const read = (file: Uint8Array) => readHeader(bytesSource(file, 'bad.safetensors'));
const a = { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] };

/** What one tensor `a` with 16 bytes of data is refused for. */
const fault = async (entry: object, dataBytes = 16): Promise<string> =>
  read(forgeSafetensors({ a: { ...a, ...entry } }, dataBytes)).then(
    () => 'accepted',
    (error) => (error instanceof CheckpointError ? error.message : `unexpected ${error}`),
  );

test('an honest header is read in its own order, with its metadata', async () => {
  const header = { __metadata__: { format: 'pt' }, b: { dtype: 'F16', shape: [3], data_offsets: [16, 22] }, a };
  const { entries, metadata, dataStart } = await read(forgeSafetensors(header, 22));
  expect(entries.map(({ name, dtype, begin, end }) => [name, dtype, begin, end])).toEqual([
    ['b', 'F16', 16, 22],
    ['a', 'F32', 0, 16],
  ]);
  expect(metadata.get('format')).toBe('pt');
  expect(dataStart).toBe(8 + JSON.stringify(header).length);
});

test('scalars, empty tensors, no tensors at all and trailing spaces are fine', async () => {
  await read(
    forgeSafetensors({ s: { dtype: 'F32', shape: [], data_offsets: [0, 4] }, e: { dtype: 'F32', shape: [0, 9], data_offsets: [4, 4] } }, 4),
  );
  await read(forgeSafetensors('{}'));
  await read(forgeSafetensors(`${JSON.stringify({ a })}    `, 16));
});

describe('a file is refused that', () => {
  test('is shorter than the length of its header', async () => {
    await expect(read(new Uint8Array(7))).rejects.toThrow('bad.safetensors: expected safetensors but received 7 bytes');
  });
  test('ends within its header', async () => {
    await expect(read(forgeSafetensors('{}', 0, 3000))).rejects.toThrow(
      'should have 3000 bytes but the file ends after 2. It is truncated',
    );
  });
  test('declares an absurd header, without allocating it', async () => {
    await expect(read(forgeSafetensors('{}', 0, MAX_HEADER_BYTES + 1))).rejects.toThrow(`at most ${MAX_HEADER_BYTES} are read`);
    await expect(read(forgeSafetensors('{}', 0, 2n ** 64n - 1n))).rejects.toThrow('18446744073709551615 bytes');
  });
  test('has a header that is not UTF-8', async () => {
    await expect(read(forgeSafetensors(join('{"', [0xff, 0xfe], '":1}')))).rejects.toThrow('not valid UTF-8');
  });
  test('has a header that is not JSON, not an object, or starts with a byte order mark', async () => {
    await expect(read(forgeSafetensors('{"a":'))).rejects.toThrow('not valid JSON');
    await expect(read(forgeSafetensors('{"a":NaN}'))).rejects.toThrow('not valid JSON');
    await expect(read(forgeSafetensors('[]'))).rejects.toThrow('not valid JSON');
    await expect(read(forgeSafetensors(' {}'))).rejects.toThrow('not valid JSON');
    await expect(read(forgeSafetensors(join([0xef, 0xbb, 0xbf], '{}')))).rejects.toThrow('not valid JSON');
    await expect(read(forgeSafetensors(''))).rejects.toThrow('not valid JSON');
  });
  test('has a tensor twice, even when one name is spelled with an escape', async () => {
    const entry = JSON.stringify(a);
    await expect(read(forgeSafetensors(`{"a":${entry},"a":${entry}}`, 16))).rejects.toThrow('"a" is there twice');
    await expect(read(forgeSafetensors(`{"a":${entry},"\\u0061":${entry}}`, 16))).rejects.toThrow('"a" is there twice');
    await expect(read(forgeSafetensors('{"a":{"dtype":"F32","dtype":"F16","shape":[],"data_offsets":[0,4]}}', 4))).rejects.toThrow(
      '"dtype" is there twice',
    );
  });
  test('names a tensor after a prototype', async () => {
    await expect(read(forgeSafetensors(`{"__proto__":${JSON.stringify(a)}}`, 16))).rejects.toThrow(
      'tensor "__proto__": the name holds __proto__',
    );
    await expect(read(forgeSafetensors({ 'layer.constructor.weight': a }, 16))).rejects.toThrow('the name holds constructor');
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
  });
  test('overlaps two tensors', async () => {
    await expect(read(forgeSafetensors({ a, b: { ...a, data_offsets: [8, 24] } }, 24))).rejects.toThrow(
      'tensor "b": starts at 8 and overlaps another that ends at 16',
    );
    await expect(read(forgeSafetensors({ a, b: a }, 16))).rejects.toThrow('overlaps');
  });
  test('leaves a gap, before, between or after', async () => {
    expect(await fault({ data_offsets: [8, 24] }, 24)).toContain('tensor "a": starts at 8, which leaves a gap after 0');
    expect(await fault({}, 20)).toContain('4 bytes follow the last tensor');
  });
  test('reaches beyond its end', async () => {
    expect(await fault({}, 15)).toContain('tensor "a": ends at 16 but the file has 15 bytes of data');
  });
  test('contradicts itself about a size', async () => {
    expect(await fault({ shape: [2, 3] })).toContain('tensor "a": F32 [2,3] takes 24 bytes but data_offsets [0,16] span 16');
    expect(await fault({ data_offsets: [16, 0] })).toContain('span -16');
    expect(await fault({ dtype: 'C64' })).toContain('tensor "a": C64 [2,2] takes 32 bytes but data_offsets [0,16] span 16');
    expect(await fault({ dtype: 'F6_E2M3', shape: [3] })).toContain('takes 2.25 bytes');
    expect(await fault({ shape: [2 ** 40, 2 ** 40] })).toContain('takes 4.835703278458517e+24 bytes');
  });
  test('has sizes that are no sizes', async () => {
    expect(await fault({ shape: [-2, -2] })).toContain('shape [-2,-2] is not a list of whole numbers');
    expect(await fault({ shape: [1.5] })).toContain('shape [1.5]');
    expect(await fault({ shape: 4 })).toContain('shape 4');
    expect(await fault({ shape: ['4'] })).toContain('shape ["4"]');
    expect(await fault({ shape: [1e300] })).toContain('shape [1e+300]');
    expect(await fault({ shape: Array(17).fill(1) })).toContain('17 dimensions; at most 16');
    expect(await fault({ data_offsets: [0.5, 16.5] })).toContain('data_offsets [0.5,16.5] are not two whole numbers');
    expect(await fault({ data_offsets: [0] })).toContain('data_offsets [0]');
    expect(await fault({ data_offsets: undefined })).toContain('data_offsets missing');
  });
  test('has numbers of a type that is not known, which is named', async () => {
    expect(await fault({ dtype: 'F2' })).toContain('tensor "a": dtype "F2" is not known, only F64, F32');
    expect(await fault({ dtype: 'toString' })).toContain('dtype "toString" is not known');
  });
  test('has metadata that are not strings', async () => {
    await expect(read(forgeSafetensors({ __metadata__: { epoch: 3 } }))).rejects.toThrow('__metadata__ "epoch" is 3, not a string');
    await expect(read(forgeSafetensors({ __metadata__: null }))).rejects.toThrow('__metadata__ is null');
  });
  test('nests a shape a million deep', async () => {
    const deep = `${'['.repeat(1e6)}${']'.repeat(1e6)}`;
    await expect(read(forgeSafetensors(`{"a":{"dtype":"F32","shape":${deep},"data_offsets":[0,4]}}`, 4))).rejects.toThrow(
      'shape a nested list',
    );
  });
});

test('everything wrong is said at once, and a million faults are counted, not listed', async () => {
  await expect(read(forgeSafetensors({ a: { ...a, dtype: 'X' }, b: { ...a, shape: [1] } }, 16))).rejects.toThrow(/"a".*"b"/);
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`t${i}`, null]));
  const error = await read(forgeSafetensors(many)).catch((cause: Error) => cause);
  expect((error as Error).message).toContain('and 2980 more');
  expect((error as Error).message.length).toBeLessThan(4000);
});

test('a header of tens of megabytes in one string is scanned without exhausting the stack', async () => {
  const long = 'x'.repeat(30e6);
  const { metadata } = await read(forgeSafetensors({ __metadata__: { long } }));
  expect(metadata.get('long')?.length).toBe(30e6);
});

test('the length is read as an unsigned little-endian number', async () => {
  await expect(read(join(le(1n << 63n, 8), '{}'))).rejects.toThrow('9223372036854775808 bytes');
});
