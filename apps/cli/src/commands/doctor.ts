import { type Considered, examineBackends, examineMachine, type Machine } from '@resnetjs/backend-auto';
import { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { withExamples } from '../examples.ts';
import { writeJson } from '../print/json.ts';
import { paintFor } from '../print/paint.ts';
import { bytes, counted } from '../print/quantities.ts';
import { table } from '../print/table.ts';
import type { Terminal } from '../terminal.ts';

export interface DoctorOptions {
  readonly json?: boolean;
}

/** `resnet doctor` */
export const doctorCommand = (terminal: Terminal): Command =>
  withExamples(
    new Command('doctor')
      .summary('say which backends work here, and why not the others')
      .description('Say which backends work on this machine, and what the others lack; and what the machine brings.')
      .option('--json', 'print JSON for programs')
      .action((options: DoctorOptions) => doctor(options, terminal)),
    [
      ['resnet doctor', 'a table of backends and of the machine'],
      ['resnet doctor --json', 'the same for a report of a bug'],
    ],
  );

/**
 * Starts every backend once, and prints what each is or why it does not work.
 *
 * @throws CommandError if none works.
 */
export async function doctor({ json }: DoctorOptions, terminal: Terminal): Promise<void> {
  const [machine, backends] = [await examineMachine(), await examineBackends()];
  const best = backends.find(({ works, software }) => works && !software) ?? backends.find(({ works }) => works);
  if (json) writeJson(terminal, { machine, backends, best: best?.backend ?? null });
  else print(machine, backends, terminal);
  if (!best) throw new CommandError('No backend works here. Each line above says what it lacks.');
  if (!json) terminal.stdout.write(`\nBest here: ${paintFor(terminal.stdout, terminal).bold(best.backend)}.\n`);
}

function print(machine: Machine, backends: readonly Considered[], terminal: Terminal): void {
  const { stdout } = terminal;
  const paint = paintFor(stdout, terminal);
  const width = Math.max(40, (stdout.columns ?? 120) - 17); // what the other columns leave
  stdout.write(
    table([{ title: 'machine' }, { title: '' }], describe(machine), { paint }) +
      '\n' +
      table(
        [{ title: 'backend' }, { title: 'works' }, { title: 'what it is, or what it lacks' }],
        backends.map(({ backend, works, reason }) => [backend, works ? paint.green('yes') : paint.red('no'), wrap(reason, width)]),
        { paint },
      ),
  );
}

function describe({ runtime, system, cpu, cpuFeatures, cores, memoryBytes, webAssembly, gpus, versions }: Machine): string[][] {
  const { simd, relaxedSimd, threads } = webAssembly;
  const gpuNames = gpus.map(({ description, vendor, software }) => `${description || vendor}${software ? ' (in software)' : ''}`);
  return [
    ['runtime', `${runtime}, ${system}`],
    ['CPU', [cpu, counted(cores, 'core'), cpuFeatures?.join(' ')].filter(Boolean).join(', ')],
    ...(memoryBytes === undefined ? [] : [['memory', bytes(memoryBytes)]]),
    ['WebAssembly', `SIMD ${yes(simd)}, relaxed SIMD ${relaxedSimd ? 'yes' : 'no (Node 22 and newer have it)'}, threads ${yes(threads)}`],
    ['GPUs', gpuNames.length > 0 ? gpuNames.join('; ') : 'none that WebGPU can use'],
    [
      'versions',
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
  ];
}

/** Lines of at most `width` characters, broken between words. */
const wrap = (text: string, width: number): string =>
  text.replace(new RegExp(`(?![^\\n]{1,${width}}$)([^\\n]{1,${width}})\\s`, 'g'), '$1\n');

const yes = (has: boolean) => (has ? 'yes' : 'no');
