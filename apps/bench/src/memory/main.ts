import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import Table from 'cli-table3';
import { measureStep, type StepMemory } from './step.ts';

// What a training step takes, with and without checkpointing: `node dist/memory/main.js [NAME:BATCH:N[,N…] …]`.
const EXPERIMENTS = ['resnet1202_cifar:8:0,1,5,14', 'densenet_bc100_12_cifar:32:0,1', 'densenet121:4:0,1'];

const [first, ...rest] = process.argv.slice(2);
if (first === '--one') {
  const [name = '', batch = 1, checkpointing = 0] = rest;
  console.log(JSON.stringify(await measureStep(name, Number(batch), Number(checkpointing))));
  process.exit(0);
}

// Each step in a process of its own: WebAssembly memory only grows.
const run = (name: string, batch: string, every: string): StepMemory | string => {
  try {
    const out = execFileSync(process.execPath, [process.argv[1] as string, '--one', name, batch, every], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return JSON.parse(out.trim().split('\n').at(-1) as string) as StepMemory;
  } catch (error) {
    if (/out of memory/i.test(String((error as { stderr?: string }).stderr))) return 'out of memory';
    throw error;
  }
};

console.log(`Node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown processor'}\n`);
for (const experiment of first ? [first, ...rest] : EXPERIMENTS) {
  const [name = '', batch = '1', ways = '0'] = experiment.split(':');
  const table = new Table({
    head: ['keeps the input of', 'peak of tensor data, MiB', 'WebAssembly memory, MiB', 'step, s', 'loss', 'Σ‖gradient‖²'],
    style: { head: [], border: [] },
  });
  let parameters = 0;
  for (const every of ways.split(',')) {
    const result = run(name, batch, every);
    const kept = every === '0' ? 'every operation' : every === '1' ? 'every block' : `every ${every}th block`;
    if (typeof result === 'string') {
      table.push([kept, { colSpan: 5, content: result }]);
      continue;
    }
    parameters = result.parameters;
    const { peak, wasmMemory, seconds, loss, gradient } = result;
    table.push([kept, peak.toFixed(0), wasmMemory.toFixed(0), seconds.toFixed(1), loss.toPrecision(8), gradient.toPrecision(8)]);
  }
  console.log(`${name}, batch ${batch}, parameters ${parameters.toFixed(1)} MiB\n${table.toString()}\n`);
}
