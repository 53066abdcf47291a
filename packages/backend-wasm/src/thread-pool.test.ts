import { afterEach, beforeEach, expect, test } from 'vitest';
import { BackendError } from './index.ts';
import { ThreadPool } from './thread-pool.ts';

/**
 * ```wat
 * (import "env" "memory" (memory 1 1 shared))
 * (func (export "meet") (param $chunk i32) (param $thread i32) (param $failing i32)
 *   (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
 *   (loop (br_if 0 (i32.lt_u (i32.atomic.load (i32.const 0)) (i32.const 2)))) ;; until another thread has a chunk, too
 *   (if (i32.eq (local.get $thread) (local.get $failing)) (then unreachable)))
 * ```
 */
const MEET = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 7, 1, 0x60, 3, 0x7f, 0x7f, 0x7f, 0],
  ...[2, 16, 1, 3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 3, 1, 1],
  ...[3, 2, 1, 0, 7, 8, 1, 4, 0x6d, 0x65, 0x65, 0x74, 0, 0],
  ...[10, 36, 1, 34, 0, 0x41, 0, 0x41, 1, 0xfe, 0x1e, 2, 0, 0x1a],
  ...[3, 0x40, 0x41, 0, 0xfe, 0x10, 2, 0, 0x41, 2, 0x49, 0x0d, 0, 0x0b],
  ...[0x20, 1, 0x20, 2, 0x46, 4, 0x40, 0, 0x0b, 0x0b],
);
const NOBODY = 9;

let pool: ThreadPool;
let memory: WebAssembly.Memory;
beforeEach(async () => {
  memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  pool = await ThreadPool.start(await WebAssembly.compile(MEET), memory, 2);
});
afterEach(() => pool.dispose());

const meet = (failing: number, chunks = 2) => {
  const met = new Int32Array(memory.buffer);
  met[0] = 0;
  pool.run('meet', chunks, [failing]);
  return met[0];
};

test('a worker that fails in the middle of a job is an error at once, by the name of the kernel, and computes later ones', () => {
  expect(() => meet(1)).toThrow(BackendError);
  expect(() => meet(1)).toThrow('meet failed on worker 1 of 1: RuntimeError: unreachable');
  expect(() => meet(1, 3000)).toThrow('meet failed on worker 1 of 1');
  expect(meet(NOBODY)).toBe(2);
  expect(meet(NOBODY, 5000)).toBe(5000);
});

test('what fails on the calling thread is thrown as it is, and nobody computes any more', () => {
  expect(() => meet(0)).toThrow(WebAssembly.RuntimeError);
  expect(() => meet(0, 5000)).toThrow(WebAssembly.RuntimeError);
  expect(meet(NOBODY)).toBe(2);
});
