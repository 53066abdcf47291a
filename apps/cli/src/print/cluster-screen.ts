import type { ClusterStatus, RunStatus } from '@resnetjs/cluster';
import { bar } from './bar.ts';
import type { Paint } from './paint.ts';
import { count, counted, percent } from './quantities.ts';
import { table } from './table.ts';

const BAR = 20;
const MAX_FAILED = 10;

/** What a cluster does: its runs, its workers, what was given up and why. */
export function clusterScreen({ redis, runs, workers, queue }: ClusterStatus, paint: Paint): string {
  const waiting = `${counted(queue.waiting + queue.delayed, 'job')} waiting, ${count(queue.active)} at work, ${count(queue.failed)} given up`;
  return [
    `${paint.cyan(redis)}: ${waiting}\n`,
    runs.length > 0
      ? `\n${table([{ title: 'run' }, { title: 'from' }, { title: 'done' }, { title: '' }, { title: 'images', align: 'right' }, { title: 'unreadable', align: 'right' }, { title: 'given up', align: 'right' }, { title: 'left', align: 'right' }], runs.map(runRow), { paint })}`
      : 'No run: `resnet cluster predict` makes one.\n',
    workers.length > 0
      ? `\n${table(
          [
            { title: 'worker' },
            { title: 'version' },
            { title: 'threads', align: 'right' },
            { title: 'jobs', align: 'right' },
            { title: 'images', align: 'right' },
            { title: 'images/s', align: 'right' },
            { title: 'does' },
          ],
          workers.map((worker) => [
            `${worker.host}:${worker.pid}`,
            worker.version,
            String(worker.threads),
            count(worker.jobs),
            count(worker.images),
            worker.rate.toFixed(1),
            worker.doing,
          ]),
          { paint },
        )}`
      : '\nNo worker: `resnet cluster worker` starts one.\n',
    ...runs.flatMap((run) => failures(run)),
  ].join('');
}

const runRow = ({ id, source, images, imagesDone, unreadable, failed, secondsLeft, isListed }: RunStatus): string[] => {
  const share = images > 0 ? imagesDone / images : 0;
  return [
    id,
    source,
    bar(share, BAR).padEnd(BAR),
    isListed ? percent(share, 1) : 'listing',
    `${count(imagesDone)}/${count(images)}`,
    count(unreadable),
    count(failed.length),
    secondsLeft === 0 ? 'done' : secondsLeft === undefined ? '–' : duration(secondsLeft),
  ];
};

function failures({ id, failed }: RunStatus): string[] {
  if (failed.length === 0) return [];
  const lines = failed.slice(0, MAX_FAILED).map(({ job, images, reason }) => `  job ${job} (${counted(images, 'image')}): ${reason}\n`);
  const rest = failed.length > MAX_FAILED ? [`  and ${counted(failed.length - MAX_FAILED, 'other')}\n`] : [];
  return [`\nGiven up in ${id}; the same predict again tries them anew:\n`, ...lines, ...rest];
}

/** `1 h 05 min`, `4 min 09 s`, `7 s` */
function duration(seconds: number): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const whole = Math.ceil(seconds);
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  return whole >= 60 ? `${Math.floor(whole / 60)} min ${two(whole % 60)} s` : `${whole} s`;
}
