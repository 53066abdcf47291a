import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Callback } from '@resnetjs/train';
import type { LeftOut, LeftOutImage } from '../left-out.ts';
import type { RunFolder } from './run-folder.ts';

const NAME = 'left-out.json';

/** The images that the training in a folder has left out so far: a run that is resumed meets only those of epochs to come. */
export async function knownLeftOut(folder: RunFolder): Promise<LeftOutImage[]> {
  const path = folder.file(NAME);
  return existsSync(path) ? (JSON.parse(await readFile(path, 'utf8')) as LeftOutImage[]) : [];
}

/** Writes them as they are found. It has to come before the callback that saves checkpoints: what a checkpoint has met is then written. */
export function leftOutFile(folder: RunFolder, leftOut: LeftOut): Callback {
  let written = 0;
  return async () => {
    const images = leftOut.images();
    if (images.length === written) return;
    await folder.write(NAME, `${JSON.stringify(images, null, 2)}\n`);
    written = images.length;
  };
}
