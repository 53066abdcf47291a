import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Dataset, type DatasetPart, datasetWarnings, imagenet, subset } from '@resnetjs/data';
import { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { drawContactSheet, fitsSheet } from '../dataset/contact-sheet.ts';
import { type DrawnSample, drawSamples } from '../dataset/draw-samples.ts';
import { type DatasetLook, lookThrough } from '../dataset/look-through.ts';
import { medianSide } from '../dataset/median-side.ts';
import { openParts } from '../dataset/open-parts.ts';
import { withExamples } from '../examples.ts';
import { positiveInteger } from '../network/options.ts';
import { printLook } from '../print/dataset-look.ts';
import { writeJson } from '../print/json.ts';
import { writeNotes } from '../print/notes.ts';
import { startProgress } from '../print/progress.ts';
import type { Terminal } from '../terminal.ts';
import { preprocessingOf, trainingTransform } from '../training/image-preparation.ts';
import { completeRecipe, RECIPE_FIELDS, type RecipeChoices } from '../training/recipe.ts';
import { choicesOf, recipeOptions } from '../training/recipe-options.ts';
import { UsageError } from '../usage-error.ts';
import { writeWholeFile } from '../write-whole-file.ts';

export interface DataOptions {
  /** PNG file to draw a contact sheet into. */
  readonly grid?: string;
  readonly rows?: number;
  readonly columns?: number;
  readonly json?: boolean;
}

const ROWS = 4;
const COLUMNS = 8;

/** What a recipe says that a contact sheet shows. */
const SHOWN = ['augment', 'size', 'flip'] as const satisfies readonly (keyof RecipeChoices)[];
const UNUSED = (Object.keys(RECIPE_FIELDS) as (keyof RecipeChoices)[]).filter((key) => !(SHOWN as readonly string[]).includes(key));

/** `resnet data FOLDER` */
export const dataCommand = (terminal: Terminal): Command => {
  const command = new Command('data').argument(
    '<folder>',
    'one sub-folder of images per class, such folders in train, val and test, or CIFAR sprites with labels.json',
  );
  return withExamples(
    recipeOptions(command, { except: UNUSED })
      .summary('look at a folder of images: classes, sizes, broken files, colours')
      .description('Read every image of a folder once, and say what there is: classes, sizes, broken files, mean and standard deviation.')
      .option('--grid <file>', 'draw a contact sheet of samples with their labels, changed as training would change them: a PNG')
      .option('--rows <n>', 'of the contact sheet', positiveInteger, ROWS)
      .option('--columns <n>', 'of the contact sheet', positiveInteger, COLUMNS)
      .option('--seed <n>', 'decides which samples are drawn and how they are changed (default: 0)', RECIPE_FIELDS.seed.parse)
      .option('--json', 'print JSON for programs')
      .action((folder: string, options: DataOptions) => data(folder, { choices: choicesOf(command), options }, terminal)),
    [
      ['resnet data photos', 'photos/CLASS/*.jpg, or photos/train/CLASS/*.jpg, photos/val/CLASS/*.jpg and so on'],
      ['resnet data photos --grid sheet.png', 'what a network sees while it is trained'],
      ['resnet data photos --grid sheet.png --augment randaugment --seed 1', 'with more augmentation, other samples'],
      ["resnet data photos --json | jq '.broken[].path'", 'names of files that cannot be read'],
    ],
  );
};

/** Reads the whole dataset, prints what is in it, and draws a contact sheet where one is asked for. */
export async function data(
  folder: string,
  { choices, options }: { choices: RecipeChoices; options: DataOptions },
  terminal: Terminal,
): Promise<void> {
  const { grid, json = false, rows = ROWS, columns = COLUMNS } = options;
  if (grid !== undefined) checkGridPath(grid);
  const { parts, notes } = await openParts(folder);
  if (!json) writeNotes(terminal, notes);
  const total = parts.reduce((sum, { dataset }) => sum + dataset.length, 0);
  const progress = startProgress(terminal, 'Reading', total);
  let look: DatasetLook;
  try {
    look = await lookThrough(parts, progress.update);
  } finally {
    progress.stop();
  }
  const warnings = await datasetWarnings(parts);
  const samples = grid === undefined ? undefined : await drawGrid(grid, { folder, part: parts[0], look, choices, rows, columns }, terminal);
  if (json)
    writeJson(terminal, {
      ...toJson(folder, look, samples && { file: grid, rows, columns, samples: samples.map(named) }),
      notes,
      warnings,
    });
  else {
    printLook(folder, { look, warnings }, terminal);
    if (grid !== undefined) terminal.stdout.write(`\n${grid}: ${samples?.length} samples\n`);
  }
}

const named = ({ path, label }: DrawnSample) => ({ path, class: label });

const toJson = (folder: string, { parts, classes, mean, std, ...look }: DatasetLook, grid: unknown) => ({
  folder,
  ...look,
  parts: parts.map(({ name, images, broken }) => ({ name, images, broken: broken.length })),
  classes: classes.map(({ name, images, inParts }) => ({
    name,
    images,
    ...(parts.length > 1 && Object.fromEntries(parts.map((part, p) => [part.name, inParts[p]]))),
  })),
  mean,
  std,
  broken: parts.flatMap(({ name, broken }) => broken.map(({ path, error }) => ({ path, part: name, reason: error.message }))),
  ...(grid !== undefined && { grid }),
});

/** Says before a minute of reading what could not be written after it. */
function checkGridPath(path: string): void {
  if (!path.toLowerCase().endsWith('.png')) throw new UsageError(`--grid draws a PNG: let ${path} end in .png.`);
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (cause) {
    throw new CommandError(`${path}: cannot be written: there is no folder ${dirname(path)} that this user may write into.`, { cause });
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new CommandError(`${path}: cannot be written: it is a folder.`);
}

interface Grid {
  readonly folder: string;
  readonly part: DatasetPart;
  readonly look: DatasetLook;
  readonly choices: RecipeChoices;
  readonly rows: number;
  readonly columns: number;
}

/** Writes the contact sheet. @returns what is on it, row by row */
async function drawGrid(file: string, { folder, part, look, choices, rows, columns }: Grid, terminal: Terminal): Promise<DrawnSample[]> {
  const readable = readableOf(part, look);
  if (readable.length === 0)
    throw new CommandError(`${folder}: no image can be read, so there is nothing to draw. Leave --grid out to see why.`);
  const side = (await medianSide(readable)) as number;
  const recipe = completeRecipe(choices, { data: folder, side, mirrors: true });
  const { augment, size, seed } = recipe;
  if (!fitsSheet({ width: size, height: size }, rows * columns, columns))
    throw new UsageError(
      `${rows}x${columns} pictures of ${size} pixels make too large a sheet. Choose fewer --rows and --columns, or a smaller --size.`,
    );
  const transform = trainingTransform(recipe, preprocessingOf(recipe, { colours: imagenet }));
  const samples = await drawSamples(readable, { count: rows * columns, augment: transform, seed });
  const title = `${part.name === 'images' ? folder : `${folder}, ${part.name}`}: augmentation ${augment}, ${size} pixels, seed ${seed}`;
  const { png, isLabelled } = await drawContactSheet(samples, { title, columns });
  if (!isLabelled)
    writeNotes(terminal, [
      `${file} has no labels: there is no font on this machine. Install one (fonts-dejavu-core, for example), or read them with --json.`,
    ]);
  await writeWholeFile(file, png);
  return samples;
}

function readableOf({ dataset }: DatasetPart, { parts }: DatasetLook): Dataset {
  const broken = new Set(parts[0]?.broken.map(({ index }) => index));
  return subset(
    dataset,
    Array.from({ length: dataset.length }, (_, i) => i).filter((index) => !broken.has(index)),
  );
}
