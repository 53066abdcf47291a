import type { BrokenSample } from '@resnetjs/data';
import { CommandError } from './command-error.ts';
import { counted, percent } from './print/quantities.ts';

/** An image that could not be read, and why. */
export interface LeftOutImage {
  readonly image: string;
  readonly error: string;
}

/** What to do about images that cannot be read. */
export interface BrokenPolicy {
  /** The first one ends the work, or they are left out. */
  readonly broken: 'skip' | 'fail';
  /** Largest share of the images that may be left out; one image alone may be, unless it is 0. */
  readonly maxBroken: number;
}

export const BROKEN_POLICY: BrokenPolicy = { broken: 'skip', maxBroken: 0.01 };

/** The images that are left out of some work. */
export interface LeftOut {
  /** For `batches`; absent where the first broken image is to end the work. @throws CommandError at the first that is too many. */
  readonly onBroken?: (broken: BrokenSample) => void;
  /** Each once, however often it was met, in the order in which they were found. */
  images(): readonly LeftOutImage[];
}

export interface LeftOutOptions extends BrokenPolicy {
  /** What the images are of, for messages. */
  readonly of: string;
  /** How many images there are. */
  readonly total: number;
  /** Found by an earlier run. */
  readonly known?: readonly LeftOutImage[];
}

/** Collects the images that cannot be read, and ends the work where they are too many. */
export function leaveOut({ of, total, broken, maxBroken, known = [] }: LeftOutOptions): LeftOut {
  const found = new Map(known.map((one) => [one.image, one]));
  const images = () => [...found.values()];
  if (broken === 'fail') return { images };
  const most = maxBroken === 0 ? 0 : Math.max(1, Math.floor(maxBroken * total));
  return {
    images,
    onBroken: ({ path, error }) => {
      if (found.has(path)) return;
      found.set(path, { image: path, error: reasonOf(path, error) });
      if (found.size <= most && found.size < total) return;
      const what = found.size === total ? '' : `, more than the ${percent(maxBroken, 1)} that --max-broken allows`;
      throw new CommandError(
        `${of}: ${found.size} of ${counted(total, 'image')} cannot be read${what}:\n${listOf(images())}\n` +
          `Mend or remove them: \`resnet data ${of}\` names them all.`,
        { cause: error },
      );
    },
  };
}

/** An error's message without the path that it begins with. */
export const reasonOf = (path: string, { message }: Error): string =>
  message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;

/** Of a list of images. */
export const MAX_NAMED = 20;

/** A line for each image, but for so many that nobody would read them. @param more how many are not in the list, but count */
export function listOf(images: readonly LeftOutImage[], more = 0): string {
  const lines = images.slice(0, MAX_NAMED).map(({ image, error }) => `  ${image}: ${error}`);
  const rest = more + images.length - lines.length;
  return [...lines, ...(rest > 0 ? [`  and ${counted(rest, 'other')}`] : [])].join('\n');
}

/** Says which images were left out of work that was done. */
export const describeLeftOut = (images: readonly LeftOutImage[]): string =>
  `${counted(images.length, 'image')} could not be read and ${images.length === 1 ? 'was' : 'were'} left out:\n${listOf(images)}`;
