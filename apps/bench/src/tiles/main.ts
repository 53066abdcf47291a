import { fileURLToPath } from 'node:url';
import { compileAssemblyScript } from '@resnetjs/kernel-build';
import {
  type Arithmetic,
  float32,
  int16,
  type PanelTile,
  panelTile,
  registersOf,
  relaxedInt8,
  tilesModule,
  widenedInt8,
} from '@resnetjs/kernel-build/tiles';
import Table from 'cli-table3';
import { Command } from 'commander';
import { relaxedSimd } from 'wasm-feature-detect';
import { median } from '../median.ts';
import { start, wholeFrom } from '../start.ts';

/** Rows and columns that divide into the rows of a problem; more would spill everywhere. */
const SHAPES = [
  [2, 8],
  [3, 8],
  [4, 4],
  [4, 8],
  [5, 8],
  [6, 4],
  [6, 8],
  [8, 4],
  [3, 12],
  [4, 12],
] as const;
const UNROLLS = [1, 2, 4] as const;

/** A block of a 1x1 convolution that stays in the first-level cache: 120 rows (whole tiles of every shape) of 64 steps. */
const ROWS = 120;
const STEPS = 64;
const REPEATS = 40;

const [TABLE, SEGMENT, PANEL, INPUT, RESULT] = [1024, 4096, 8192, 65536, 131072] as const;
const PAGES = 4;
const LANES = 4;

interface Contestant {
  readonly name: string;
  readonly tile: PanelTile;
  readonly run: () => void;
  readonly operations: number;
  readonly figures: number[];
}

/** Every tile of an arithmetic, compiled into one module. */
async function contestantsOf(arithmetic: Arithmetic, relaxed: boolean): Promise<Contestant[]> {
  const tiles = SHAPES.flatMap(([rows, columns]) => UNROLLS.map((unroll): PanelTile => ({ rows, columns, unroll, arithmetic })));
  const functionOf = ({ rows, columns, unroll }: PanelTile) => `tile${rows}x${columns}by${unroll}`;
  const binary = await compileAssemblyScript('kernels/searched.ts', {
    folder: fileURLToPath(new URL('.', import.meta.resolve('@resnetjs/backend-wasm/package.json'))),
    options: ['--importMemory', '--initialMemory', String(PAGES), '--enable', 'simd', ...(relaxed ? ['--enable', 'relaxed-simd'] : [])],
    sources: { 'kernels/searched.ts': tilesModule(tiles.map((tile) => panelTile(functionOf(tile), tile))) },
  });
  const memory = new WebAssembly.Memory({ initial: PAGES });
  const { instance } = await WebAssembly.instantiate(binary, { env: { memory, abort() {} } });
  const table = new Uint32Array(memory.buffer, TABLE, 2 * ROWS);
  for (let r = 0; r < ROWS; r++) table.set([INPUT + r * STEPS * 4, RESULT + r * 64], 2 * r);
  return tiles.map((tile) => {
    const multiply = instance.exports[functionOf(tile)] as (...args: number[]) => void;
    return {
      name: `${tile.rows}x${tile.columns}`,
      tile,
      run: () => {
        for (let i = 0; i < REPEATS; i++)
          multiply(TABLE, ROWS, PANEL, SEGMENT, SEGMENT + 4, 1, STEPS, 0, tile.columns, 0, 1, 1, 0, -1e9, 1e9);
      },
      operations: REPEATS * 2 * ROWS * tile.columns * STEPS * arithmetic.terms,
      figures: [],
    };
  });
}

const command = new Command('bench:tiles')
  .description('Compares the shapes that a tile of the matrix multiplication could have, on data in the first-level cache, interleaved.')
  .option('--rounds <count>', 'rounds in which each is measured in turn', wholeFrom(1), 30)
  .option('--best <count>', 'how many of the fastest to show for each arithmetic', wholeFrom(1), 6)
  .action(async ({ rounds, best }: { rounds: number; best: number }) => {
    const relaxed = await relaxedSimd();
    const arithmetics = [float32({ fused: relaxed }), int16, widenedInt8, ...(relaxed ? [relaxedInt8] : [])];
    const groups = await Promise.all(arithmetics.map(async (arithmetic) => contestantsOf(arithmetic, relaxed)));
    for (let round = -5; round < rounds; round++)
      for (const { run, operations, figures } of groups.flat()) {
        const start = performance.now();
        run();
        if (round >= 0) figures.push(operations / (performance.now() - start) / 1e6); // before that V8 still compiles
      }
    const rows = new Table({ head: ['arithmetic', 'tile', 'unrolled', 'registers', 'Gop/s', 'best'], style: { head: [] } });
    for (const group of groups)
      for (const { name, tile, figures } of group.sort((a, b) => median(b.figures) - median(a.figures)).slice(0, best))
        rows.push([
          tile.arithmetic.name,
          name,
          tile.unroll,
          registersOf(tile),
          median(figures).toFixed(1),
          Math.max(...figures).toFixed(1),
        ]);
    console.log(`Node ${process.versions.node}, ${relaxed ? 'relaxed ' : ''}SIMD of ${LANES} lanes, 1 thread\n${rows.toString()}`);
  });

await start(command);
