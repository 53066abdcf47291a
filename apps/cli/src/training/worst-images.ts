import { deflateSync } from 'node:zlib';
import { type Dataset, type RgbImage, resize } from '@resnetjs/data';
import { type Explainable, ExplainError, explain } from '@resnetjs/explain';
import { overlay } from '@resnetjs/explain/picture';
import type { ConfusedImages, Evaluation } from '@resnetjs/train';
import type { ConfusedPictures, ReportImage } from '@resnetjs/train/report';

/** Larger ones are shown this large, so that a report stays small. */
const SHOWN_SIDE = 132;

/**
 * The pictures of the worst mistakes, small, for a report.
 *
 * @param network shows where it looked for what it took them for
 */
export async function worstImages(
  { worst }: Pick<Evaluation, 'worst'>,
  dataset: Dataset,
  network?: Explainable<RgbImage>,
): Promise<ReportImage[]> {
  const pictures: ReportImage[] = [];
  for (const { index, predicted } of worst) {
    const { image, path } = await dataset.get(index);
    const heat = network && (await heatOf(network, image, predicted));
    pictures.push({ ...(path !== undefined && { path }), url: pictureUrl(image), ...(heat && { heat: pictureUrl(heat) }) });
  }
  return pictures;
}

/** Nothing of a network that cannot be looked into, one in 8 bits say: its report is whole without. */
async function heatOf(network: Explainable<RgbImage>, image: RgbImage, target: number): Promise<RgbImage | undefined> {
  try {
    const { width, height, data } = overlay(image, await explain(network, image, { target }));
    return { width, height, data: Uint8Array.from(data) };
  } catch (error) {
    if (error instanceof ExplainError) return undefined;
    throw error;
  }
}

/** So many pictures of mixed up classes make a report no larger than a few megabytes. */
const MOST_CONFUSED_PICTURES = 240;

/** The pictures behind the cells of the confusion matrix, those of the most mixed up classes first. */
export async function confusedImages(examples: readonly ConfusedImages[], dataset: Dataset): Promise<ConfusedPictures[]> {
  const cells: ConfusedPictures[] = [];
  let left = MOST_CONFUSED_PICTURES;
  for (const { actual, predicted, indices } of examples) {
    const pictures: ReportImage[] = [];
    for (const index of indices.slice(0, left)) {
      const { image, path } = await dataset.get(index);
      pictures.push({ ...(path !== undefined && { path }), url: pictureUrl(image) });
    }
    left -= pictures.length;
    if (pictures.length > 0) cells.push({ actual, predicted, pictures });
  }
  return cells;
}

const pictureUrl = (image: RgbImage): string => `data:image/png;base64,${encodePng(shrunk(image)).toString('base64')}`;

const shrunk = (image: RgbImage): RgbImage => {
  const factor = SHOWN_SIDE / Math.max(image.width, image.height);
  if (factor >= 1) return image;
  return resize(image, { width: Math.max(1, Math.round(image.width * factor)), height: Math.max(1, Math.round(image.height * factor)) });
};

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** An RGB image as PNG: its header, its rows unfiltered and deflated, its end. @see PNG 1.2, https://www.w3.org/TR/png/ */
function encodePng({ width, height, data }: RgbImage): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // eight bits, RGB
  const rows = Buffer.alloc(height * (width * 3 + 1));
  for (let y = 0; y < height; y++) rows.set(data.subarray(y * width * 3, (y + 1) * width * 3), y * (width * 3 + 1) + 1);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  let crc = 0xffffffff;
  for (const byte of body) crc = (CRC_TABLE[(crc ^ byte) & 255] as number) ^ (crc >>> 8);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
