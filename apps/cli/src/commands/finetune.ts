import { useWasm } from '@resnetjs/backend-wasm';
import { dispose } from '@resnetjs/core';
import { fineTune } from '@resnetjs/train';
import { Command } from 'commander';
import { withExamples } from '../examples.ts';
import { writeNotes } from '../print/notes.ts';
import type { Terminal } from '../terminal.ts';
import { FINE_TUNING_KEYS, type RecipeChoices, SOONER_KEYS } from '../training/recipe.ts';
import { choicesOf, recipeOptions } from '../training/recipe-options.ts';
import { openRunFolder } from '../training/run-folder.ts';
import { specAt, startFrom } from '../training/starting-weights.ts';
import { trainNetwork } from '../training/train-network.ts';
import { UsageError } from '../usage-error.ts';
import { prepare, runOptions, type TrainOptions, train } from './train.ts';

/** What `fineTune` decides by itself. */
const OWN_WAY = [
  ...SOONER_KEYS,
  'optimizer',
  'schedule',
  'peakAt',
  'anneal',
  'div',
  'finalDiv',
  'milestones',
  'warmUp',
  'momentum',
  'nesterov',
  'decayAll',
  'checkpointing',
] as const;

/** `resnet finetune DATA` */
export const finetuneCommand = (terminal: Terminal): Command => {
  const command = new Command('finetune').argument('[data]', 'a folder of images, or cifar10, cifar100, mnist, fashion-mnist');
  return withExamples(
    recipeOptions(
      runOptions(command)
        .option('--offline', 'ask no server for weights')
        .option('--from-scratch', 'begin with random weights: what resnet train does'),
      { except: OWN_WAY },
    )
      .summary('teach a trained network the classes of a folder of images')
      .description('Teach a trained network new classes: its new head first, then all of it, the first layers slowest.')
      .action((data: string | undefined, options: TrainOptions) => finetune(data, { choices: choicesOf(command), options }, terminal)),
    [
      ['resnet finetune photos', "photos/CLASS/*.jpg; a fifth of them to validate on; begins with ImageNet's weights"],
      ['resnet finetune photos --weights resnet50', 'from another network, by name, repository or file'],
      ['resnet finetune photos --epochs 10 --lr 0.001 --best', 'more patience, and the best epoch of all'],
      ['resnet finetune --resume --out runs/resnet18-photos', 'go on'],
    ],
  );
};

/** Fine-tunes. */
export async function finetune(
  data: string | undefined,
  { choices, options }: { choices: RecipeChoices; options: TrainOptions },
  terminal: Terminal,
): Promise<void> {
  if (options.fromScratch) {
    const unused = [...FINE_TUNING_KEYS, 'weights' as const].filter((key) => choices[key] !== undefined);
    if (unused.length > 0) throw new UsageError(`--from-scratch begins with random weights: leave ${unused.join(', ')} out.`);
    return train(data, { choices, options }, terminal);
  }
  // fastai's defaults where nothing is said.
  const prepared = await prepare(data, {
    choices,
    options,
    isOpenEnded: () => false,
    defaults: { epochs: 5, lr: 2e-3, weightDecay: 0.01 },
  });
  await useWasm({ everyOp: false, ...(options.threads !== undefined && { threads: options.threads }) });
  const { recipe, chosen, opened } = prepared;
  const { architecture, model, spec, notes } = await startFrom(
    recipe.weights,
    { classes: opened.classes.length, seed: recipe.seed, model: chosen.model, offline: options.offline, side: opened.side },
    terminal,
  );
  try {
    writeNotes(terminal, notes);
    // Images are prepared as the network is used to; a size that was asked for is another crop of them.
    const { size = spec.crop } = chosen;
    const own = { ...recipe, model: architecture.name, size };
    const { epochs, lr, weightDecay, frozenEpochs, rateSpread, gradual } = own;
    const choicesOfFineTuning = {
      ...(frozenEpochs !== undefined && { frozenEpochs }),
      ...(rateSpread !== undefined && { rateSpread }),
      ...(gradual !== undefined && { gradual }),
    };
    await trainNetwork(
      {
        architecture,
        model,
        recipe: own,
        data: opened,
        spec: specAt(spec, size),
        folder: await openRunFolder(options.out ?? prepared.out.replace(recipe.model, architecture.name)),
        run: (given) => fineTune(model, { ...given, epochs, learningRate: lr, weightDecay, ...choicesOfFineTuning }),
      },
      options,
      terminal,
    );
  } finally {
    dispose(model);
  }
}
