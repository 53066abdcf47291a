// Compares every op of tfjs-core, and small networks of tfjs-layers, on WebAssembly with tfjs' cpu backend, by cases from a seed:
// node scripts/fuzz.mjs --minutes 60 --seed 7 [--ops conv2d,maxPool [--index 3]]
import { parseArgs } from 'node:util';
import { onSources } from './on-sources.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now()) },
    ops: { type: 'string' },
    index: { type: 'string' },
  },
});

const differences = await onSources('/src/fuzz/main.testing.ts', ({ main }) =>
  main({
    minutes: Number(values.minutes),
    seed: values.seed,
    ...(values.ops && { ops: values.ops.split(',') }),
    ...(values.index && { index: Number(values.index) }),
  }),
);
process.exitCode = differences > 0 ? 1 : 0;
