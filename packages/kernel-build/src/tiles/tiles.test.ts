import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compileAssemblyScript } from '../compile.ts';
import {
  type Arithmetic,
  assertFits,
  float32,
  gradientTile,
  int16,
  type PanelTile,
  panelTile,
  registersOf,
  relaxedInt8,
  tilesModule,
  widenedInt8,
} from './index.ts';

// What tiles are made of: multiply-add, lanes that are left over.
const folder = fileURLToPath(new URL('../../../backend-wasm', import.meta.url));

type TileFunction = (...args: (number | boolean)[]) => void;

/** Compiles functions for memory of their own; they are given with that memory. */
async function compiled(sources: Readonly<Record<string, string>>) {
  const binary = await compileAssemblyScript('kernels/tried.ts', {
    folder,
    options: ['--importMemory', '--initialMemory', '4', '--enable', 'simd'],
    sources: { 'kernels/tried.ts': tilesModule(Object.values(sources)) },
  });
  const memory = new WebAssembly.Memory({ initial: 4 });
  const { instance } = await WebAssembly.instantiate(binary, { env: { memory, abort() {} } });
  return { memory, functions: instance.exports as Record<string, TileFunction> };
}

const plain = float32({ fused: false });
const fused = float32({ fused: true });

describe('a tile takes as many registers as', () => {
  test.each([
    [4, 8, plain, 15], // eight sums, two vectors of columns, four rows, a product
    [6, 4, plain, 14],
    [5, 8, plain, 18], // half as fast in Node 20
    [6, 8, plain, 21], // measured: it spills
    [6, 8, fused, 15],
    [4, 8, int16, 15],
    [6, 8, relaxedInt8, 15],
  ] as const)('%ix%i of %o: %i', (rows, columns, arithmetic, registers) => {
    expect(registersOf({ rows, columns, arithmetic })).toBe(registers);
  });

  test('there are, or it is refused', () => {
    assertFits({ rows: 4, columns: 8, arithmetic: plain });
    expect(() => assertFits({ rows: 6, columns: 8, arithmetic: plain })).toThrow(
      '6x8 (float32) takes 21 vector registers, but there are 15',
    );
  });
});

/** A filter's panel, rows, and what they hold as plain numbers; the layouts are those that the arithmetic reads. */
function operands({ arithmetic, columns }: PanelTile, { segments, length, rows }: { segments: number; length: number; rows: number }) {
  const { terms, filterBytes, lanes } = arithmetic;
  const steps = segments * length;
  let seed = 1;
  const random = () => {
    seed = (seed * 48271) % 2147483647;
    return lanes === 'f32x4' ? (seed % 2001) / 64 - 15 : (seed % 255) - 127;
  };
  const numbers = (count: number) => Array.from({ length: count }, random);
  const x = Array.from({ length: rows }, () => numbers(steps * terms));
  /** by step, column, term */
  const w = numbers(steps * columns * terms);
  const Rows = lanes === 'f32x4' ? Float32Array : terms === 2 ? Int16Array : Int8Array;
  const Filter = lanes === 'f32x4' ? Float32Array : filterBytes / terms === 8 ? Int16Array : Int8Array;
  return { x, w, rowBytes: x.map((row) => new Rows(row)), filterBytes: new Filter(w) };
}

/** The products in float64, rounded where the arithmetic rounds: sums of these few numbers of six bits are exact either way. */
const sumOf = (x: readonly number[], w: readonly number[], columns: number, column: number, terms: number) =>
  x.reduce((sum, value, i) => sum + value * (w[(Math.floor(i / terms) * columns + column) * terms + (i % terms)] as number), 0);

const SHAPES: Readonly<Record<string, PanelTile>> = {
  ...(Object.fromEntries(
    (
      [
        [4, 8, 4, plain],
        [6, 4, 4, plain],
        [3, 8, 1, plain],
        [5, 12, 2, plain],
        [1, 4, 3, plain],
        [4, 8, 4, int16],
        [2, 12, 1, int16],
        [4, 8, 2, widenedInt8],
        [3, 4, 4, widenedInt8],
      ] as [number, number, number, Arithmetic][]
    ).map(([rows, columns, unroll, arithmetic], i) => [`tile${i}`, { rows, columns, unroll, arithmetic }]),
  ) as Record<string, PanelTile>),
};

describe('a generated tile', async () => {
  const { memory, functions } = await compiled(
    Object.fromEntries(Object.entries(SHAPES).map(([name, tile]) => [name, panelTile(name, tile)])),
  );

  test.each(
    Object.entries(SHAPES).flatMap(([name, tile]) =>
      [1, 2, 3, 4, 7].map((length) => [tile.rows, tile.columns, tile.arithmetic.name, tile.unroll, length, name, tile] as const),
    ),
  )('of %ix%i, %s, unrolled by %i, sums rows of %i steps, writes existing columns alone, and adds bias and residual', (...args) => {
    const [, , , , length, name, tile] = args;
    const { rows, columns, arithmetic } = tile;
    const segments = 2;
    const { x, w, rowBytes, filterBytes } = operands(tile, { segments, length, rows });
    const isFloat = arithmetic.lanes === 'f32x4';
    const bytes = new Uint8Array(memory.buffer).fill(0);
    const values = isFloat ? new Float32Array(memory.buffer) : new Int32Array(memory.buffer);
    const [table, offsets, panel, bias, input, result, residual] = [1024, 2048, 4096, 32768, 65536, 131072, 163840] as const;
    const rowStep = 512;
    bytes.set(new Uint8Array(filterBytes.buffer), panel);
    for (const [r, row] of rowBytes.entries()) {
      bytes.set(new Uint8Array(row.buffer), input + r * rowStep);
      new Uint32Array(memory.buffer).set([input + r * rowStep, result + r * rowStep], table / 4 + 2 * r);
    }
    new Int32Array(memory.buffer).set([0, 4 * length], offsets / 4); // the second segment follows the first
    for (let c = 0; c < columns; c++) values[bias / 4 + c] = c + 1;
    for (let i = 0; i < (rows * rowStep) / 4; i++) values[residual / 4 + i] = i % 5;
    for (const existing of [columns, columns - 1]) {
      values.fill(-77, result / 4, result / 4 + (rows * rowStep) / 4);
      const tileOf = functions[name] as TileFunction;
      const bounds = isFloat ? [-1e9, 1e9] : [-(2 ** 31), 2 ** 31 - 1];
      tileOf(table, rows, panel, offsets, offsets + 4 * segments, segments, length, 0, existing, bias, 1, 1, residual - result, ...bounds);
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++) {
          const expected = sumOf(x[r] as number[], w, columns, c, arithmetic.terms) + c + 1 + (((r * rowStep) / 4 + c) % 5);
          expect(values[(result + r * rowStep) / 4 + c]).toBe(c < existing ? Math.fround(expected) : -77);
        }
    }
  });
});

test('a generated gradient tile adds the products of lines of pixels to what is there', async () => {
  const [rows, columns, lines, pixels] = [4, 8, 2, 3];
  const { memory, functions } = await compiled({ tile: gradientTile('tile', { rows, columns, arithmetic: plain }) });
  const floats = new Float32Array(memory.buffer);
  const [lineTable, x, dy, to] = [1024, 4096, 8192, 16384];
  const xStep = 2 * rows * 4; // every second pixel
  new Uint32Array(memory.buffer).set([0, pixels * xStep], lineTable / 4);
  for (let i = 0; i < lines * pixels * 2 * rows; i++) floats[x / 4 + i] = (i % 7) - 3;
  for (let i = 0; i < lines * pixels * columns; i++) floats[dy / 4 + i] = (i % 5) - 2;
  floats.fill(100, to / 4, to / 4 + rows * columns);
  functions.tile?.(x, dy, lineTable, lineTable + 4 * lines, pixels * columns * 4, xStep, to);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      let sum = 100;
      for (let p = 0; p < lines * pixels; p++)
        sum += (floats[x / 4 + p * 2 * rows + r] as number) * (floats[dy / 4 + p * columns + c] as number);
      expect(floats[to / 4 + r * columns + c]).toBe(sum);
    }
});
