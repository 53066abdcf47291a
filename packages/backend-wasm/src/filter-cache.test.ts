import { expect, test } from 'vitest';
import { FilterCache } from './filter-cache.ts';
import type { Heap } from './heap.ts';
import type { DataId } from './start-tfjs.ts';

function cacheOf(free: (address: number) => void) {
  let end = 0;
  const heap = { allocate: (sizeBytes: number) => (end += sizeBytes), free } as unknown as Heap;
  return new FilterCache(heap);
}

test('the filter whose copies were used least lately is the oldest: none in use, and other uses count', () => {
  const freed: number[] = [];
  const cache = cacheOf((address) => freed.push(address));
  const [a, b, c] = [{}, {}, {}] as DataId[] as [DataId, DataId, DataId];
  const get = (dataId: DataId, layout: string, now: number) =>
    cache.get(dataId, { layout, sizeBytes: 8 }, { fingerprint: 1, now }, () => {});
  const never = () => 0;
  expect(cache.oldest(9, never)).toBeUndefined();
  get(a, 'panels', 1);
  get(b, 'panels', 2);
  get(c, 'panels', 3);
  expect(cache.oldest(9, never)).toEqual({ dataId: a, used: 1 });
  get(a, 'panels', 4);
  expect(cache.oldest(9, never)).toEqual({ dataId: b, used: 2 });
  get(b, 'winograd', 5);
  expect(cache.oldest(9, never)).toEqual({ dataId: c, used: 3 });
  expect(cache.oldest(3, never)).toEqual({ dataId: a, used: 4 });
  expect(cache.oldest(9, (dataId) => (dataId === c ? 8 : 0))).toEqual({ dataId: a, used: 4 });
  cache.forget(b);
  expect(freed).toHaveLength(2);
});
