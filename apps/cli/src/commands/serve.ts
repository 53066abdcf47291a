import { readFile } from 'node:fs/promises';
import type { ServeOptions as ServerOptions } from '@resnetjs/server';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CommandError } from '../command-error.ts';
import { withExamples } from '../examples.ts';
import { positiveInteger } from '../network/options.ts';
import { SHIPPED_ARCHITECTURE, shippedCheckpoint } from '../network/shipped.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

type Server = typeof import('@resnetjs/server');

/** Options that are the server's own. */
type Own =
  | ('config' | 'optimize' | 'workers' | 'threads' | 'backend' | 'isolation' | 'queue' | 'maxBytes' | 'maxPixels')
  | ('port' | 'host' | 'cors' | 'rateLimit' | 'trustProxy' | 'control' | 'offline' | 'logLevel');

export interface ServeOptions extends Pick<ServerOptions, Own> {
  readonly model?: readonly string[];
  /** A folder. */
  readonly models?: string;
  /** Seconds. */
  readonly timeout: number;
  readonly drain: number;
  readonly watch?: number;
  /** Bytes. */
  readonly memory?: number;
  /** A file. */
  readonly tokens?: string;
}

/** Tokens may also be given by the environment, separated by commas. */
const TOKENS = 'RESNET_SERVER_TOKENS';

/** `resnet serve` */
export const serveCommand = (terminal: Terminal): Command =>
  withExamples(
    new Command('serve')
      .summary('put networks behind an address')
      .description(
        'Serve networks over HTTP: a page to try them, /classify, /embed, the Open Inference Protocol V2, /metrics and /docs. Takes the package @resnetjs/server.',
      )
      .option(
        '-m, --model <source>',
        'what --weights of other commands takes, or NAME=SOURCE, or NAME:VERSION=SOURCE; as often as there are networks (default: the ResNet-20 for CIFAR-10 that comes with this)',
        (source: string, all: readonly string[] = []) => [...all, source],
      )
      .option('--models <folder>', 'more: NAME.safetensors, or NAME/VERSION/*.safetensors')
      .option('--config <file>', 'more: JSON, {"models": [{"name", "version", "source", …}]}')
      .option('--watch <seconds>', 'look so often whether these have changed, and reload (default: at SIGHUP)', positiveInteger)
      .option('-p, --port <number>', 'where to listen; 0 for any that is free', port, 8080)
      .option('--host <address>', 'who may reach it: 127.0.0.1 is this machine, 0.0.0.0 everybody', '127.0.0.1')
      .addOption(new Option('--optimize <for>', 'how cores are shared out').choices(['throughput', 'latency']).default('throughput'))
      .option('--workers <n>', 'of each network (default: a core each; 1 for latency)', positiveInteger)
      .option('--threads <n>', 'of each worker (default: the cores that are left)', positiveInteger)
      .addOption(new Option('--backend <name>', 'what computes').choices(['wasm', 'webgpu', 'node-gpu', 'node', 'cpu']).default('wasm'))
      .addOption(
        new Option('--isolation <kind>', 'workers as threads, or as processes, which native code that crashes does not take with it')
          .choices(['threads', 'processes'])
          .default('threads'),
      )
      .option('--queue <n>', 'images that may wait for each network; more are answered 503 (default: 2 a worker)', positiveInteger)
      .option('--timeout <seconds>', 'longest time for a request that does not say ?timeout', positiveInteger, 30)
      .option('--memory <MiB>', 'what networks may hold; used least lately, they leave (default: 3/4 of the machine)', mib)
      .option('--max-bytes <n>', 'of a request (default: 20 MiB)', positiveInteger)
      .option('--max-pixels <n>', 'of an image (default: 50 million)', positiveInteger)
      .option('--tokens <file>', `bearer tokens of those who may ask, one a line; or ${TOKENS}, with commas`)
      .option('--cors <origins...>', 'origins of pages that may ask, or * (default: none)')
      .option('--rate-limit <n>', 'requests of one address a minute', positiveInteger)
      .option('--trust-proxy', "believe a proxy's X-Forwarded-For")
      .option('--control', 'let clients load and unload these networks (/v2/repository/models/NAME/load)')
      .option('--offline', 'ask no server for weights')
      .option('--drain <seconds>', 'longest wait for answers when told to end', positiveInteger, 30)
      .addOption(
        new Option('--log-level <level>', 'of the log, JSON on standard output')
          .choices(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
          .default('info'),
      )
      .action((options: ServeOptions) => serve(options, terminal)),
    [
      ['resnet serve', 'the network that comes with this, at http://127.0.0.1:8080'],
      ['resnet serve --model resnet50 --model flowers=runs/flowers/model.safetensors', 'two, by name'],
      ['resnet serve --models networks --watch 2 --tokens tokens.txt --host 0.0.0.0', 'a folder, as it changes, for those who may'],
    ],
  );

/**
 * Serves until it is told to end.
 *
 * @param load the package that serves, an optional peer of this one: only who serves has it
 * @throws CommandError for what cannot be served, where that package is not installed, and if requests were left without an answer.
 */
export async function serve(
  { model = [], models, timeout, drain, watch, memory, tokens, ...options }: ServeOptions,
  { stdout, stderr, env }: Terminal,
  load: () => Promise<Server> = () => import('@resnetjs/server'),
): Promise<void> {
  const server = await load().catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ERR_MODULE_NOT_FOUND' || !cause.message.includes('@resnetjs/server')) throw cause;
    throw new CommandError(
      'resnet serve takes the package @resnetjs/server, which is not installed. Install it where resnetjs is: npm install @resnetjs/server, with -g if that is.',
      { cause },
    );
  });
  const shipped = { name: SHIPPED_ARCHITECTURE, source: shippedCheckpoint() };
  const isNamed = model.length > 0 || models !== undefined || options.config !== undefined;
  try {
    const isWhole = await server.serve(
      {
        ...options,
        models: isNamed ? model.map(server.readModelOption) : [shipped],
        folder: models,
        tokens: await readTokens(tokens, env[TOKENS]),
        timeoutMs: 1000 * timeout,
        drainMs: 1000 * drain,
        watchMs: watch && 1000 * watch,
        memoryBytes: memory,
      },
      {
        logStream: stdout,
        onListening: (address, names) =>
          stderr.write(`${[...new Set(names)].join(', ')} at ${address}, described at ${address}/docs. Ctrl-C ends it.\n`),
      },
    );
    if (!isWhole) throw new CommandError('ended before everything was answered.');
  } catch (error) {
    if (!(error instanceof server.ConfigError)) throw error;
    throw new CommandError(error.message, { cause: error });
  }
}

async function readTokens(file: string | undefined, environment: string | undefined): Promise<string[]> {
  const text =
    file === undefined
      ? ''
      : await readFile(file, 'utf8').catch((cause: Error) => {
          throw new CommandError(`--tokens: ${cause.message}`, { cause });
        });
  const tokens = [...text.split('\n'), ...(environment ?? '').split(',')].map((token) => token.trim()).filter(Boolean);
  if (tokens.length === 0 && file !== undefined)
    throw new UsageError(`--tokens: ${file} holds no token, so that everybody might ask. Expected one a line.`);
  return tokens;
}

function port(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('Expected a port, 0 to 65535.');
  return value;
}

const mib = (text: string): number => positiveInteger(text) * 2 ** 20;
