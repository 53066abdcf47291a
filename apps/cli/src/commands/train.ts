import { useWasm } from '@resnetjs/backend-wasm';
import { dispose } from '@resnetjs/core';
import { fit } from '@resnetjs/train';
import { createModel } from '@resnetjs/zoo';
import { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { withExamples } from '../examples.ts';
import { BROKEN_POLICY } from '../left-out.ts';
import { positiveInteger } from '../network/options.ts';
import { writeNotes } from '../print/notes.ts';
import type { Terminal } from '../terminal.ts';
import { preprocessingOf } from '../training/image-preparation.ts';
import { depthOptions } from '../training/learn-sooner.ts';
import { readRecipe } from '../training/read-recipe.ts';
import { completeRecipe, FINE_TUNING_KEYS, type Recipe, type RecipeChoices } from '../training/recipe.ts';
import { whole } from '../training/recipe-field.ts';
import { isOpenEnded, optimizerOf, scheduleOf } from '../training/recipe-optimizer.ts';
import { argumentOf, choicesOf, recipeOptions } from '../training/recipe-options.ts';
import { openRunFolder } from '../training/run-folder.ts';
import { continueFrom, type StartedNetwork, specAt } from '../training/starting-weights.ts';
import { type RunOptions, trainNetwork } from '../training/train-network.ts';
import { openTrainingData, type TrainingData } from '../training/training-data.ts';
import { UsageError } from '../usage-error.ts';

/** Options of every command that trains, beside the recipe's. */
export interface TrainOptions extends RunOptions {
  readonly config?: string;
  readonly out?: string;
  readonly dataFolder?: string;
  readonly download?: boolean;
  readonly threads?: number;
  /** Ask no server. */
  readonly offline?: boolean;
  /** Of `finetune`: begin with random weights. */
  readonly fromScratch?: boolean;
}

/** How many threads are to read images; none is this one. */
export const workerThreads = argumentOf(whole(0));

/** Adds them. */
export const runOptions = (command: Command): Command =>
  command
    .option('--config <file>', 'recipe in JSON; options on the command line win over it')
    .option('-o, --out <folder>', 'where everything goes (default: runs/NETWORK-DATA)')
    .option('--resume', 'go on with the training in the folder, bit for bit')
    .option('--checkpoint-every <steps>', 'save so often, beside the end of each epoch', positiveInteger)
    .option('--data-folder <folder>', 'where a dataset given by name is kept')
    .option('--no-download', 'never fetch a dataset from its home')
    .option('--workers <n>', 'threads that read images', workerThreads)
    .option('--threads <n>', 'threads that compute (default: all cores)', positiveInteger)
    .option('--tensorboard', 'write event files for TensorBoard')
    .option('--json', 'print JSON lines for programs');

/** `resnet train DATA` */
export const trainCommand = (terminal: Terminal): Command => {
  const command = new Command('train').argument('[data]', 'a folder of images, or cifar10, cifar100, mnist, fashion-mnist');
  return withExamples(
    recipeOptions(runOptions(command), { except: FINE_TUNING_KEYS })
      .summary('train a network on a folder of images, CIFAR or MNIST')
      .description('Train a network from scratch. Ctrl-C stops and saves, --resume goes on as if it never had stopped.')
      .action((data: string | undefined, options: TrainOptions) => train(data, { choices: choicesOf(command), options }, terminal)),
    [
      ['resnet train mnist --epochs 1', 'handwritten digits'],
      ['resnet train cifar10 --lr 0.2 --epochs 10', 'ResNet-20, one cycle'],
      ['resnet train photos --model resnet18 --best', 'photos/train/CLASS/*.jpg and photos/val/CLASS/*.jpg'],
      ['resnet train photos --model resnet18 --progressive 128:64,176:48', 'small images in large batches first'],
      ['resnet train cifar10 --model resnet110_cifar --survival 0.5', 'a deep network, of which each batch trains a part'],
      ['resnet train --config recipe.json --seed 1', 'a recipe, with another seed'],
      ['resnet train --resume --out runs/resnet20_cifar-cifar10', 'go on after Ctrl-C, a crash or a power cut'],
      ['resnet train photos --weights runs/first/model.safetensors --out runs/second', 'train on from what was learned'],
    ],
  );
};

/** Trains from scratch, or from a checkpoint of the same network. */
export async function train(
  data: string | undefined,
  { choices, options }: { choices: RecipeChoices; options: TrainOptions },
  terminal: Terminal,
): Promise<void> {
  const prepared = await prepare(data, { choices, options, isOpenEnded });
  await useWasm({ everyOp: false, ...(options.threads !== undefined && { threads: options.threads }) });
  const { chosen, opened } = prepared;
  const { architecture, model, spec, notes } = await startedNetwork(prepared, terminal);
  // A network that has learned something is shown images as it is used to.
  const { weights } = prepared.recipe;
  const size = weights === undefined ? prepared.recipe.size : (chosen.size ?? spec.crop);
  const recipe = { ...prepared.recipe, model: architecture.name, size };
  const optimizer = optimizerOf(recipe, model);
  try {
    writeNotes(terminal, notes);
    const plan = {
      architecture,
      model,
      recipe,
      data: opened,
      spec: specAt(spec, size),
      folder: await openRunFolder(options.out ?? prepared.out.replace(prepared.recipe.model, architecture.name)),
      run: (own: Parameters<Parameters<typeof trainNetwork>[0]['run']>[0]) =>
        fit(model, {
          ...own,
          epochs: recipe.epochs,
          optimizer,
          schedule: scheduleOf(recipe, own.train),
        }),
    };
    await trainNetwork(plan, options, terminal);
  } finally {
    optimizer.dispose();
    dispose(model);
  }
}

/** What a training begins with: a checkpoint's network, or a new one. */
async function startedNetwork(
  { recipe, chosen, opened }: { recipe: Recipe; chosen: RecipeChoices; opened: TrainingData },
  terminal: Terminal,
): Promise<StartedNetwork> {
  const { weights, seed, checkpointing = false } = recipe;
  const depth = depthOptions(recipe);
  const { classes } = opened;
  if (weights !== undefined)
    return continueFrom(weights, { classes, model: chosen.model, training: { gradientCheckpointing: checkpointing, ...depth } }, terminal);
  const architecture = { name: recipe.model, options: { classes: classes.length }, alike: [] };
  const model = createModel(recipe.model, { ...architecture.options, seed, gradientCheckpointing: checkpointing, ...depth });
  return { architecture, model, spec: preprocessingOf(recipe, opened), notes: [] };
}

interface PrepareOptions {
  readonly choices: RecipeChoices;
  readonly options: TrainOptions;
  readonly defaults?: RecipeChoices;
  /** Whether a training by this recipe can be made longer while it goes on. */
  readonly isOpenEnded: (recipe: RecipeChoices) => boolean;
}

/** Completes a recipe: what was typed wins over the file, and that over what the data suggests. */
export async function prepare(data: string | undefined, { choices, options, defaults = {}, isOpenEnded: canGrow }: PrepareOptions) {
  const { config, resume } = options;
  if (resume && !options.out) throw new UsageError('--resume needs --out FOLDER: the folder of the training to go on with.');
  const kept = resume ? await keptRecipe(options.out as string, { choices, canGrow }) : undefined;
  const file = config === undefined ? { choices: {} } : await readRecipe(config);
  const name = data ?? kept?.data ?? ('data' in file ? file.data : undefined);
  if (name === undefined) throw new UsageError('Say what to train on: resnet train FOLDER, or cifar10, cifar100, mnist, fashion-mnist.');
  if (kept && name !== kept.data)
    throw new UsageError(`--resume: the training is on ${kept.data}, not ${name}. Leave the data out, it is known.`);
  const chosen = { ...defaults, ...file.choices, ...choices };
  const opened = await openTrainingData(name, {
    split: kept?.split ?? chosen.split ?? 0.2,
    seed: kept?.seed ?? chosen.seed ?? 0,
    validateOn: (kept ?? chosen).validateOn,
    dataFolder: options.dataFolder,
    ...(options.download === false && { download: false }),
  });
  const recipe = kept ?? completeRecipe(chosen, opened);
  return { recipe, chosen: kept ?? chosen, opened, out: options.out ?? `runs/${recipe.model}-${name.replaceAll(/[^\w.-]+/g, '_')}` };
}

/** They decide how long a training is; some schedules depend on it. */
const LENGTHS = ['epochs', 'maxSteps'];
/** They decide nothing of what is learned. */
const INDIFFERENT = ['broken', 'maxBroken'];

/** The recipe of a training that is resumed; what decides what it comes to cannot be changed. */
async function keptRecipe(
  out: string,
  { choices, canGrow }: { choices: RecipeChoices; canGrow: (recipe: RecipeChoices) => boolean },
): Promise<Recipe> {
  const path = `${out}/recipe.json`;
  const { data, choices: kept } = await readRecipe(path);
  if (data === undefined) throw new CommandError(`${path}: it does not say which data. It is written by resnet train.`);
  const changed = Object.entries(choices)
    .filter(([key, value]) => JSON.stringify(kept[key as keyof RecipeChoices]) !== JSON.stringify(value))
    .map(([key]) => key)
    .filter((key) => !INDIFFERENT.includes(key));
  const fixed = changed.filter((key) => !LENGTHS.includes(key));
  if (fixed.length)
    throw new UsageError(`--resume goes on as begun: ${fixed.join(', ')} cannot be changed. Start another training with --out.`);
  if (changed.length && !canGrow(kept))
    throw new UsageError(
      `--resume goes on as begun: ${changed.join(', ')} cannot be changed, for the learning rates are fitted to the length of the training. ` +
        `To train on from what it has learned, begin another: resnet train ${data} --weights ${out}/model.safetensors --out FOLDER`,
    );
  return { ...BROKEN_POLICY, ...kept, ...choices, data } as Recipe;
}
