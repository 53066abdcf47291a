import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { Command } from 'commander';
import { start, wholeFrom } from '../start.ts';
import { changes } from './changes.ts';
import { type Record, record } from './record.ts';

const FILE = fileURLToPath(new URL('../../results/record.jsonl', import.meta.url));

interface Options {
  readonly rounds: number;
  readonly file: string;
}

const command = new Command('bench:record')
  .description('Records size, start-up and speed of this commit, and says what became worse since the last record on such a machine.')
  .option('--rounds <count>', 'rounds of each measurement', wholeFrom(1), 5)
  .option('--file <path>', 'records, one a line', FILE)
  .addHelpText('after', '\nBuild all first: npx --yes pnpm@10.34.9 turbo run build. Let nothing else run beside it.')
  .action(async ({ rounds, file }: Options) => {
    const records = existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Record)
      : [];
    const now = await record(rounds, (stage) => console.error(`${stage} …`));
    const before = records.filter(({ machine, node }) => machine === now.machine && major(node) === major(now.node)).at(-1);
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, `${JSON.stringify(now)}\n`);
    const table = new Table({ head: ['', before?.commit ?? 'before', now.commit, ''], style: { head: [], border: [] } });
    const found = new Map((before ? changes(before, now) : []).map((change) => [change.what, change]));
    for (const [what, value] of [now.bytes, now.startup, now.ratios].flatMap(Object.entries<number>)) {
      const change = found.get(what);
      table.push([what, change?.before ?? '', value, change?.isWorse ? 'worse' : '']);
    }
    console.log(table.toString());
    if ([...found.values()].some(({ isWorse }) => isWorse)) process.exitCode = 1;
  });

const major = (node: string): string => node.split('.')[0] ?? node;

await start(command);
