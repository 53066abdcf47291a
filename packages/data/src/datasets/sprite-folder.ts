import { join, listFolder, readFile } from '#files';
import { decodeImage } from '../decode-image.ts';
import type { RgbImage } from '../rgb-image.ts';
import { assertIndex, type Dataset } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';

/** A part of a dataset. */
export type Split = 'train' | 'test';

interface Labels {
  readonly classes: readonly string[];
  readonly train: readonly number[];
  readonly test: readonly number[];
}

/** Whether a folder holds sprites (`labels.json` beside PNGs) for `spriteFolder`. */
export async function isSpriteFolder(folder: string): Promise<boolean> {
  const { files } = await listFolder(folder);
  return files.includes('labels.json') && files.some((name) => name.endsWith('.png'));
}

/**
 * Opens a folder of sprites: PNGs whose every row is one square image (its pixels row by row), and `labels.json`
 * with `{ classes, train, test }`. The sheets, by their number, hold the training images, then the test images.
 * Each sheet is decoded once, when its first image is asked for, and kept.
 *
 * @throws DatasetError for missing or contradicting files.
 */
export async function spriteFolder(folder: string, split: Split): Promise<Dataset> {
  const labels = parseLabels(join(folder, 'labels.json'), await readFile(join(folder, 'labels.json')));
  const { files } = await listFolder(folder);
  const sheets = files.filter((name) => name.endsWith('.png')).sort((a, b) => sheetNumber(a) - sheetNumber(b));
  const images = labels.train.length + labels.test.length;
  if (sheets.length === 0 || images % sheets.length !== 0) {
    throw new DatasetError(
      `${folder}: labels.json names ${images} images, which do not fill ${sheets.length} equal PNG sheets. Add the missing sheets.`,
    );
  }
  const rows = images / sheets.length;
  const offset = split === 'train' ? 0 : labels.train.length;
  const decoded = new Map<string, Promise<RgbImage>>();
  const sheetAt = (index: number) => {
    const path = join(folder, sheets[Math.floor(index / rows)] as string);
    const sheet = decoded.get(path) ?? decodeSheet(path, rows);
    decoded.set(path, sheet);
    return { path, sheet };
  };

  const own = labels[split];
  return {
    length: own.length,
    classes: labels.classes,
    label(index) {
      assertIndex(index, own.length);
      return own[index] as number;
    },
    async get(index) {
      assertIndex(index, own.length);
      const row = (offset + index) % rows;
      const { path, sheet } = sheetAt(offset + index);
      const { width: pixels, data } = await sheet;
      const side = Math.sqrt(pixels);
      const image = { width: side, height: side, data: data.slice(row * pixels * 3, (row + 1) * pixels * 3) };
      return { image, label: own[index] as number, path: `${path}#${row}` };
    },
  };
}

async function decodeSheet(path: string, rows: number): Promise<RgbImage> {
  const sheet = await decodeImage(await readFile(path), { name: path });
  if (sheet.height !== rows || !Number.isInteger(Math.sqrt(sheet.width))) {
    throw new DatasetError(`${path}: expected ${rows} rows of one square image each, but the sheet is ${sheet.width}x${sheet.height}.`);
  }
  return sheet;
}

function sheetNumber(name: string): number {
  return Number(name.match(/(\d+)\.png$/)?.[1] ?? 0);
}

function parseLabels(path: string, bytes: Uint8Array): Labels {
  let labels: Partial<Record<keyof Labels, unknown>> | undefined;
  try {
    labels = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new DatasetError(`${path}: not JSON (${(error as Error).message}).`, { cause: error });
  }
  const classes = labels?.classes;
  const isLabel = (value: unknown) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) < (classes as unknown[]).length;
  const isNames = Array.isArray(classes) && classes.every((name) => typeof name === 'string');
  const isLabels = (list: unknown) => Array.isArray(list) && list.every(isLabel);
  if (!isNames || !isLabels(labels?.train) || !isLabels(labels?.test)) {
    throw new DatasetError(
      `${path}: expected { "classes": names, "train": labels, "test": labels } with labels below the number of classes.`,
    );
  }
  return labels as unknown as Labels;
}
