import { createRequire } from 'node:module';
import { Command } from 'commander';
import { benchCommand } from './commands/bench.ts';
import { cacheCommand } from './commands/cache.ts';
import { convertCommand } from './commands/convert.ts';
import { dataCommand } from './commands/data.ts';
import { doctorCommand } from './commands/doctor.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { finetuneCommand } from './commands/finetune.ts';
import { lrFindCommand } from './commands/lr-find.ts';
import { modelsCommand } from './commands/models.ts';
import { predictCommand } from './commands/predict.ts';
import { serveCommand } from './commands/serve.ts';
import { summaryCommand } from './commands/summary.ts';
import { trainCommand } from './commands/train.ts';
import { showsColour, type Terminal } from './terminal.ts';

const { version } = createRequire(import.meta.url)('resnetjs/package.json') as { version: string };

const EXIT_CODES = `Exit codes:
  0  done
  1  the work failed
  2  wrong usage: nothing was tried
  3  done, but some images could not be read (predict, evaluate)
`;

/** The command line as a whole: each command adds itself. */
export function program(terminal: Terminal): Command {
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
  const commands = [
    ...[predictCommand, evaluateCommand, trainCommand, finetuneCommand, lrFindCommand],
    ...[dataCommand, modelsCommand, summaryCommand, convertCommand, cacheCommand, serveCommand, benchCommand, doctorCommand],
  ];
  for (const command of commands) root.addCommand(command(terminal).copyInheritedSettings(root));
  return root;
}
