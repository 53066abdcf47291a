import { createRequire } from 'node:module';
import { Command } from 'commander';
import { showsColour, type Terminal } from './terminal.ts';

const { version } = createRequire(import.meta.url)('resnetjs/package.json') as { version: string };

const EXIT_CODES = `Exit codes:
  0  done
  1  the work failed
  2  wrong usage: nothing was tried
  3  done, but some images could not be read (predict, explain, evaluate, dissect, slim, cluster predict)
`;

type MakeCommand = (terminal: Terminal) => Command;

/** Each with what it needs, which takes longer to load than some of them run. */
const COMMANDS: Readonly<Record<string, () => Promise<MakeCommand>>> = {
  predict: async () => (await import('./commands/predict.ts')).predictCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  evaluate: async () => (await import('./commands/evaluate.ts')).evaluateCommand,
  train: async () => (await import('./commands/train.ts')).trainCommand,
  finetune: async () => (await import('./commands/finetune.ts')).finetuneCommand,
  'lr-find': async () => (await import('./commands/lr-find.ts')).lrFindCommand,
  dissect: async () => (await import('./commands/dissect.ts')).dissectCommand,
  slim: async () => (await import('./commands/slim.ts')).slimCommand,
  data: async () => (await import('./commands/data.ts')).dataCommand,
  models: async () => (await import('./commands/models.ts')).modelsCommand,
  summary: async () => (await import('./commands/summary.ts')).summaryCommand,
  export: async () => (await import('./commands/export.ts')).exportCommand,
  convert: async () => (await import('./commands/convert.ts')).convertCommand,
  quantize: async () => (await import('./commands/quantize.ts')).quantizeCommand,
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  cluster: async () => (await import('./commands/cluster.ts')).clusterCommand,
  cache: async () => (await import('./commands/cache.ts')).cacheCommand,
  bench: async () => (await import('./commands/bench.ts')).benchCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
};

/**
 * The command line as a whole: each command adds itself.
 *
 * @param args what was typed: where they begin with a command's name, the others stay away, for nothing asks for them
 */
export async function program(terminal: Terminal, args: readonly string[]): Promise<Command> {
  const { stdout, stderr, env } = terminal;
  const root = new Command('resnet')
    .description('Residual networks: classify images, train, evaluate, describe and convert them.')
    .version(version, '-v, --version', 'print the version')
    .option('--debug', 'show where errors come from (or set RESNET_DEBUG=1)')
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', `\n${EXIT_CODES}\nEach command has examples: resnet predict --help`)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
      getOutHasColors: () => showsColour(stdout, env),
      getErrHasColors: () => showsColour(stderr, env),
    })
    .showSuggestionAfterError()
    .showHelpAfterError('--help shows how, with examples.')
    .exitOverride();
  const [first = ''] = args;
  for (const load of Object.hasOwn(COMMANDS, first) ? [COMMANDS[first] as () => Promise<MakeCommand>] : Object.values(COMMANDS))
    root.addCommand(inheriting((await load())(terminal), root));
  return root;
}

/** A command that has its parent's settings, and those below it. */
function inheriting(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const below of command.commands) inheriting(below, command);
  return command;
}
