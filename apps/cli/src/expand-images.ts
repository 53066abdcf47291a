import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { IMAGE_ENDINGS, isByProduct, isImageName } from '@resnetjs/data';
import { CommandError } from './command-error.ts';
import { fileFault } from './file-fault.ts';
import { isUrl, STANDARD_INPUT } from './read-image.ts';

/**
 * The images that arguments stand for, in their order: a folder is all images in it and below, a pattern all files that match, each once
 * (where the shell does not do that), anything else itself.
 *
 * @throws CommandError for a folder without images, or a pattern that nothing matches.
 */
export async function expandImages(args: readonly string[]): Promise<string[]> {
  const images: string[] = [];
  for (const arg of args) for await (const image of expand(arg)) images.push(image);
  return images;
}

async function* expand(arg: string): AsyncGenerator<string> {
  if (arg === STANDARD_INPUT || isUrl(arg)) return yield arg;
  const info = await infoOf(arg);
  if (info?.isDirectory()) return yield* imagesIn(arg);
  if (info) return yield arg;
  const { isDynamicPattern } = await import('tinyglobby');
  if (!isDynamicPattern(arg)) return yield arg;
  const matches = await matching(arg);
  if (matches.length === 0) throw new CommandError(`${arg}: no file matches.`);
  // `photos/**` matches a folder, the folders in it and their files.
  const found = new Set<string>();
  for (const match of matches) {
    if (!(await infoOf(match))?.isDirectory()) found.add(match);
    else for await (const image of imagesBelow(match, [])) found.add(image);
  }
  if (found.size === 0) throw nothingIn(arg);
  yield* found;
}

/** As a shell would, sorted. */
async function matching(pattern: string): Promise<string[]> {
  // Windows' separator is an escape in patterns.
  const slashed = process.platform === 'win32' ? pattern.replaceAll('\\', '/') : pattern;
  const { glob } = await import('tinyglobby');
  const found = await glob(slashed, {
    onlyFiles: false,
    expandDirectories: false,
    followSymbolicLinks: false,
    absolute: isAbsolute(pattern),
  });
  return found.map((path) => path.replace(/\/$/, '')).sort();
}

async function* imagesIn(folder: string): AsyncGenerator<string> {
  let some = false;
  for await (const image of imagesBelow(folder, [])) {
    some = true;
    yield image;
  }
  if (!some) throw nothingIn(folder);
}

const nothingIn = (arg: string): CommandError =>
  new CommandError(`${arg}: there are no images in it: no files that end in ${IMAGE_ENDINGS.join(', ')}.`);

/** @param above the real paths of the folders that led here: a link back to one of them, or to what it is in, is not followed */
async function* imagesBelow(folder: string, above: readonly string[]): AsyncGenerator<string> {
  const real = await realpath(folder);
  if (above.some((one) => one === real || one.startsWith(real.endsWith(sep) ? real : real + sep))) return;
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${folder}: ${fileFault(error)}.`, { cause: error });
  });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (isByProduct(entry.name) || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    const info = entry.isSymbolicLink() ? await infoOf(path) : entry;
    if (info?.isDirectory()) yield* imagesBelow(path, [...above, real]);
    else if (isImageName(entry.name)) yield path;
  }
}

/** Undefined where there is nothing. */
const infoOf = (path: string): Promise<Stats | undefined> => stat(path).catch(() => undefined);
