import type { ClusterStatus, Predicted } from '@resnetjs/cluster';
import { Command, Option } from 'commander';
import { CommandError } from '../command-error.ts';
import { withExamples } from '../examples.ts';
import { IncompleteError } from '../incomplete-error.ts';
import { readLabels } from '../labels/read-labels.ts';
import type { NetworkOptions } from '../network/load-network.ts';
import { networkOptions, positiveInteger } from '../network/options.ts';
import { PRESETS, toManifest } from '../network/presets.ts';
import { readCheckpoint } from '../network/read-checkpoint.ts';
import { clusterScreen } from '../print/cluster-screen.ts';
import { writeJson } from '../print/json.ts';
import { writeNotes } from '../print/notes.ts';
import { paintFor } from '../print/paint.ts';
import { NO_PROGRESS, type Progress, startProgress } from '../print/progress.ts';
import { count, counted, percent } from '../print/quantities.ts';
import type { Terminal } from '../terminal.ts';

type Cluster = typeof import('@resnetjs/cluster');

interface RedisOption {
  readonly redis?: string;
}

export interface ClusterPredictOptions extends NetworkOptions, RedisOption {
  readonly out: string;
  readonly top: number;
  readonly embeddings?: boolean;
  readonly perJob: number;
  readonly wait: boolean;
  readonly json?: boolean;
}

export interface ClusterWorkerOptions extends RedisOption {
  readonly threads?: number;
  /** Seconds. */
  readonly stalledAfter: number;
}

export interface ClusterStatusOptions extends RedisOption {
  readonly once?: boolean;
  readonly json?: boolean;
}

/** `resnet cluster …` */
export function clusterCommand(terminal: Terminal): Command {
  const root = new Command('cluster')
    .summary('photos by the million, on many machines')
    .description(
      'Classify or embed photos by the million on many machines. Takes the package @resnetjs/cluster, and a Redis that all can reach.',
    );
  for (const make of [predictCommand, workerCommand, statusCommand]) root.addCommand(make(terminal));
  return withExamples(root, [
    ['redis-server --appendonly yes', 'once, where all machines reach it'],
    ['resnet cluster worker --redis redis://big-machine', 'on as many machines as there are'],
    ['resnet cluster predict photos --out results --redis redis://big-machine', 'on any one'],
  ]);
}

const redisOption = (command: Command): Command =>
  command.option(
    '--redis <url>',
    'redis://host:port, rediss:// for TLS; a password is better kept in REDIS_URL (default: REDIS_URL, else this machine)',
  );

const predictCommand = (terminal: Terminal): Command =>
  withExamples(
    redisOption(
      networkOptions(new Command('predict').argument('<source>', 'a folder that all machines see under this name, or s3://bucket/prefix')),
    )
      .summary('make jobs of all photos, and wait for their results')
      .description(
        'Make jobs of all photos in a folder or bucket, and wait for their results. Started again, it goes on where it was: what has its result is not computed again.',
      )
      .requiredOption('-o, --out <dest>', 'where results go: a folder that all machines see, or s3://bucket/prefix')
      .option('-k, --top <n>', 'how many classes of each', positiveInteger, 5)
      .addOption(new Option('--embeddings', 'the features that the head would classify, instead of classes').conflicts('top'))
      .option('--per-job <n>', 'photos of a job, about', positiveInteger, 256)
      .option('--no-wait', 'end when the jobs are made')
      .option('--json', 'print JSON for programs')
      .action((source: string, options: ClusterPredictOptions) => clusterPredict(source, options, terminal)),
    [
      ['resnet cluster predict /mnt/photos --out /mnt/results --weights resnet50', 'a shared folder'],
      ['resnet cluster predict s3://photos/2024 --out s3://results --weights resnet50 --top 1', 'a bucket; keys and endpoint by AWS_…'],
      ['resnet cluster predict photos --out vectors --embeddings', 'vectors to search by'],
    ],
  );

const workerCommand = (terminal: Terminal): Command =>
  withExamples(
    redisOption(new Command('worker'))
      .summary('take jobs and compute them')
      .description(
        'Take jobs and compute them, until told to end: SIGTERM or Ctrl-C finishes what is being computed, a second one ends at once.',
      )
      .option('--threads <n>', 'that compute (default: all cores)', positiveInteger)
      .option(
        '--stalled-after <seconds>',
        'when a worker that says nothing is taken to be lost, and its jobs given to others',
        positiveInteger,
        30,
      )
      .action((options: ClusterWorkerOptions) => clusterWorker(options, terminal)),
    [
      ['resnet cluster worker', 'with the Redis of REDIS_URL, or of this machine'],
      ['resnet cluster worker --redis rediss://user:password@redis.example.org:6380', 'over TLS'],
      ['for i in 1 2 3 4; do resnet cluster worker --threads 1 & done', 'most photos a second: one to each core'],
    ],
  );

const statusCommand = (terminal: Terminal): Command =>
  withExamples(
    redisOption(new Command('status'))
      .summary('show what is done, by whom, and what failed')
      .description('Show what is done, how fast, what failed and who works; on a terminal until Ctrl-C.')
      .option('--once', 'do not go on')
      .option('--json', 'print JSON for programs, once')
      .action((options: ClusterStatusOptions) => clusterStatus(options, terminal)),
    [
      ['resnet cluster status', 'as it goes on'],
      ['resnet cluster status --json | jq .runs[0].secondsLeft', 'for a program'],
    ],
  );

/** The package that does it, an optional peer of this one: only who has a cluster has it. @throws CommandError if it is not installed. */
const clusterPackage = (load: () => Promise<Cluster> = () => import('@resnetjs/cluster')): Promise<Cluster> =>
  load().catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ERR_MODULE_NOT_FOUND' || !cause.message.includes('@resnetjs/cluster')) throw cause;
    throw new CommandError(
      'resnet cluster takes the package @resnetjs/cluster, which is not installed. Install it where resnetjs is: npm install @resnetjs/cluster, with -g if that is.',
      { cause },
    );
  });

const redisOf = ({ redis }: RedisOption, { env }: Terminal, { LOCAL_REDIS }: Cluster): string => redis ?? env.REDIS_URL ?? LOCAL_REDIS;

/**
 * Makes jobs and waits for them.
 *
 * @throws IncompleteError if images could not be read, after the rest was written; CommandError if jobs were given up.
 */
export async function clusterPredict(
  source: string,
  options: ClusterPredictOptions,
  terminal: Terminal,
  load?: () => Promise<Cluster>,
): Promise<void> {
  const { out, embeddings, json, perJob, wait } = options;
  const cluster = await clusterPackage(load);
  const [{ useWasm }, { isByProduct, isImageName }] = await Promise.all([import('@resnetjs/backend-wasm'), import('@resnetjs/data')]);
  const redis = redisOf(options, terminal, cluster);
  const checkpoint = await readCheckpoint(options.weights, { ...options, backbone: embeddings }, terminal);
  writeNotes(terminal, checkpoint.notes);
  const network = await cluster.packNetwork(checkpoint, {
    ...(options.labels !== undefined && { labels: [...(await readLabels(options.labels)).names] }),
    ...(options.preset && { preprocessing: toManifest(PRESETS[options.preset]) }),
  });
  await useWasm({ everyOp: false });
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt);
  let progress: Progress | undefined;
  try {
    const predicted = await cluster.predict(source, out, {
      redis,
      network,
      ...(embeddings ? { embeddings } : { top: options.top }),
      perJob,
      wait,
      isImage: (name) => isImageName(name) && !name.split('/').some(isByProduct),
      say: (line) => writeNotes(terminal, [line]),
      signal: interrupted.signal,
      onProgress: ({ isListed, images, imagesDone }) => {
        if (!isListed || images === 0) return;
        progress ??= json ? NO_PROGRESS : startProgress(terminal, 'Classifying', images);
        progress.update(imagesDone);
      },
    });
    progress?.stop();
    report(predicted, source, options, terminal);
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    progress?.stop();
    terminal.stderr.write(
      'The workers go on. `resnet cluster status` shows how far they are; the same command again waits for them, and goes on where it was.\n',
    );
    process.kill(process.pid, 'SIGINT'); // nobody listens any more: it ends as a shell expects
  } finally {
    process.removeListener('SIGINT', interrupt);
  }
}

const MAX_NAMED = 10;

function report(predicted: Predicted, source: string, { out, wait, json }: ClusterPredictOptions, terminal: Terminal): void {
  const { run, jobs, jobsDone, images, unreadable, failed } = predicted;
  const paint = paintFor(terminal.stdout, terminal);
  if (json) writeJson(terminal, predicted);
  else if (jobs === 0) throw new CommandError(`${source}: there are no images in it.`);
  else if (predicted.isComplete)
    terminal.stdout.write(`${paint.cyan(out)}: ${counted(images, 'image')} in ${counted(jobs, 'result')}, listed by runs/${run}.json\n`);
  else if (!wait)
    terminal.stdout.write(
      `${counted(images, 'image')} in ${counted(jobs, 'job')}, ${count(jobsDone)} of them done before. \`resnet cluster status\` shows how they go.\n`,
    );
  if (failed.length > 0) {
    const named = failed.slice(0, MAX_NAMED).map(({ job, reason }) => `  job ${job}: ${reason}`);
    const rest = failed.length > MAX_NAMED ? [`  and ${counted(failed.length - MAX_NAMED, 'other')}`] : [];
    throw new CommandError(
      [
        `${count(failed.length)} of ${counted(jobs, 'job')} were given up:`,
        ...named,
        ...rest,
        'The same command again tries them anew.',
      ].join('\n'),
    );
  }
  if (predicted.isComplete && unreadable > 0)
    throw new IncompleteError(
      `${count(unreadable)} of ${counted(images, 'image')} could not be read: their lines have "error" instead (grep -h '"error":' results/*.jsonl).`,
    );
}

/** Works until it is told to end. */
export async function clusterWorker(options: ClusterWorkerOptions, terminal: Terminal, load?: () => Promise<Cluster>): Promise<void> {
  const cluster = await clusterPackage(load);
  const { useWasm } = await import('@resnetjs/backend-wasm');
  const ending = new AbortController();
  const end = (): void => {
    if (ending.signal.aborted) process.exit(1);
    ending.abort();
  };
  for (const signal of ENDINGS) process.on(signal, end);
  try {
    const { threads } = await useWasm({ everyOp: false, ...(options.threads !== undefined && { threads: options.threads }) });
    const say = (line: string): void => void terminal.stdout.write(`${new Date().toISOString().slice(11, 19)}  ${line}\n`);
    const { jobs, images, busyShare } = await cluster.work({
      redis: redisOf(options, terminal, cluster),
      threads,
      say,
      signal: ending.signal,
      stalledAfterMs: 1000 * options.stalledAfter,
    });
    say(
      `ended after ${counted(jobs, 'job')}, ${counted(images, 'image')}; computed ${percent(busyShare, 1)} of the time from the first to the last`,
    );
  } finally {
    for (const signal of ENDINGS) process.removeListener(signal, end);
  }
}

const ENDINGS = ['SIGINT', 'SIGTERM'] as const;
const EVERY_MS = 1000;

/** Shows a cluster: on a terminal again and again, until Ctrl-C. */
export async function clusterStatus(options: ClusterStatusOptions, terminal: Terminal, load?: () => Promise<Cluster>): Promise<void> {
  const cluster = await clusterPackage(load);
  const view = await cluster.viewCluster(redisOf(options, terminal, cluster), (line) => writeNotes(terminal, [line]));
  try {
    const { stdout } = terminal;
    const paint = paintFor(stdout, terminal);
    if (options.json) {
      writeJson(terminal, await view.look());
      return;
    }
    const isLive = stdout.isTTY === true && !options.once && terminal.env.TERM !== 'dumb';
    const screen = (status: ClusterStatus): string => clusterScreen(status, paint);
    if (!isLive) {
      stdout.write(screen(await view.look()));
      return;
    }
    for (let lines = 0; ; ) {
      const text = screen(await view.look());
      stdout.write(`${lines > 0 ? `\x1b[${lines}A\x1b[J` : ''}${text}`);
      lines = text.split('\n').length - 1;
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  } finally {
    await view.close();
  }
}
