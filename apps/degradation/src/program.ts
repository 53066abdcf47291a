import { Command } from 'commander';
import type { Terminal } from 'resnetjs';
import { gradientStudy } from './gradient-study.ts';
import { trainingStudy } from './training-study.ts';

/** The `degradation` command. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('degradation')
    .exitOverride()
    .description('Plain networks train worse the deeper they are; residual ones do not. Shown by training both.')
    .addHelpText(
      'after',
      `
Examples:
  node dist/main.js train cifar10 --config recipe.json                    the four networks, one after the other; run again to go on
  node dist/main.js train photos --networks plain20_cifar,resnet20_cifar  two of them
  node dist/main.js gradients cifar10-folder --steps 100                  how large gradients are in each layer`,
    );

  program
    .command('train')
    .argument('<data>', 'as for `resnet train`: a folder of images, or cifar10')
    .description('Train each network by one recipe; draw training and test error by epoch. Networks that are done are not trained again.')
    .option('--networks <names>', 'which', (names) => names.split(','), [
      'plain20_cifar',
      'plain56_cifar',
      'resnet20_cifar',
      'resnet56_cifar',
    ])
    .option('-o, --out <folder>', 'where runs, errors.csv and errors.svg go', 'runs/degradation')
    .option('--config <file>', "recipe in JSON, as `resnet train`'s")
    .allowUnknownOption()
    .allowExcessArguments() // such an option's value
    .addHelpText('after', '\nEvery other option is passed on to `resnet train`: --epochs, --max-steps, --seed, --threads, …')
    .action(async (data: string, options: { networks: string[]; out: string; config?: string }, command: Command) => {
      process.exitCode = await trainingStudy(data, { ...options, more: command.args.slice(1) }, terminal);
    });

  program
    .command('gradients')
    .argument('<folder>', 'images of 32x32 with one folder a class, or with such folders in its train/')
    .description(
      'Train a plain, a residual, a highway and a dense network of 31 or 32 layers; draw the gradient of each layer at first and at last.',
    )
    .option('--steps <n>', 'steps to train', Number, 100)
    .option('--batch-size <n>', 'images in a step', Number, 128)
    .option('--lr <rate>', 'learning rate', Number, 0.1)
    .option('--seed <n>', 'decides first weights and order', Number, 0)
    .option('--threads <n>', 'threads that compute (default: all cores)', Number)
    .option('-o, --out <folder>', 'where gradients.csv and gradients.svg go', 'runs/gradients')
    .action((folder: string, options) => gradientStudy(folder, options, terminal));
  return program;
}
