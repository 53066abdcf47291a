import { beforeEach, expect, test } from 'vitest';
import { Heap } from './heap.ts';
import type { TfjsWasm } from './start-tfjs.ts';

let wasm: Pick<TfjsWasm, '_malloc' | '_free'>;
let taken: number[];
let heap: Heap;

beforeEach(() => {
  let end = 8;
  taken = [];
  wasm = {
    _malloc(sizeBytes) {
      const block = end;
      end += Math.ceil(sizeBytes / 8) * 8;
      taken.push(block);
      return block;
    },
    _free(address) {
      expect(taken).toContain(address);
      taken.splice(taken.indexOf(address), 1);
    },
  };
  heap = new Heap({ ...wasm, asm: { memory: new WebAssembly.Memory({ initial: 1 }) } } as TfjsWasm);
});

test('what it allocates begins at a cache line and overlaps nothing', () => {
  const sizes = [1, 8, 63, 64, 65, 1000];
  const blocks = sizes.map((sizeBytes) => ({ sizeBytes, address: heap.allocate(sizeBytes, 'scratch') }));
  let end = 0;
  for (const { address, sizeBytes } of blocks) {
    expect(address % 64).toBe(0);
    expect(address).toBeGreaterThanOrEqual(end);
    end = address + sizeBytes;
  }
});

test('it gives back what it took', () => {
  const addresses = Array.from({ length: 5 }, () => heap.allocateTensor(100));
  heap.scratch('rows', 100);
  for (const address of addresses) heap.free(address);
  heap.freeScratch();
  expect(taken).toEqual([]);
});

test('tensors that are older than it, or outlive it, are freed where they are', () => {
  const theirs = { ...wasm, asm: { memory: new WebAssembly.Memory({ initial: 1 }) } } as TfjsWasm;
  const older = theirs._malloc(100);
  const own = new Heap(theirs);
  const younger = theirs._malloc(100);
  theirs._free(older);
  own.release();
  theirs._free(younger);
  theirs._free(theirs._malloc(100));
  expect(taken).toEqual([]);
});
