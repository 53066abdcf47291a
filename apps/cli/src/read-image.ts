import { open } from 'node:fs/promises';
import { decodeImage, MAX_FILE_BYTES, type RgbImage } from '@resnetjs/data';
import { CommandError } from './command-error.ts';
import { fileFault } from './file-fault.ts';

/**
 * Reads a photo, turned upright as its camera noted: what a person sees is what the network gets.
 *
 * @throws CommandError if there is no such file or it is too large to be read at all; ImageError if it is no image.
 */
export async function readImage(path: string): Promise<RgbImage> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${path}: ${fileFault(error)}.`, { cause: error });
  });
  try {
    const info = await file.stat();
    if (!info.isFile())
      throw new CommandError(`${path}: expected an image file, but it is a ${info.isDirectory() ? 'folder' : 'device or pipe'}.`);
    if (info.size > MAX_FILE_BYTES)
      throw new CommandError(`${path}: the file has ${info.size} bytes, more than the ${MAX_FILE_BYTES} an image may have.`);
    return await decodeImage(await file.readFile(), { name: path, orient: true });
  } finally {
    await file.close();
  }
}
