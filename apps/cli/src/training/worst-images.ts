import { deflateSync } from 'node:zlib';
import { type Dataset, type RgbImage, resize } from '@resnetjs/data';
import type { Evaluation } from '@resnetjs/train';
import type { ReportImage } from '@resnetjs/train/report';

/** Larger ones are shown this large, so that a report stays small. */
const SHOWN_SIDE = 132;

/** The pictures of the worst mistakes, small, for a report. */
export const worstImages = ({ worst }: Pick<Evaluation, 'worst'>, dataset: Dataset): Promise<ReportImage[]> =>
  Promise.all(
    worst.map(async ({ index }) => {
      const { image, path } = await dataset.get(index);
      return { url: `data:image/png;base64,${encodePng(shrunk(image)).toString('base64')}`, ...(path !== undefined && { path }) };
    }),
  );

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
