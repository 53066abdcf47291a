import type { RgbImage } from '@resnetjs/data';
import type { Explanation } from '@resnetjs/explain';
import { colourMapOf, endsOf, isSigned, overlay } from '@resnetjs/explain/picture';
import { escaped, FONT_SIZE, fitted, hasFonts } from '../print/drawn-text.ts';
import { percent } from '../print/quantities.ts';

const MARGIN = 24;
const GAP = 16;
/** Below the pictures: what it is of, the colours and what they mean. */
const CAPTION_HEIGHT = 76;
const BAR = { width: 220, height: 14 };
const INK = '#24292f';
/** Photos are shown no smaller and no larger than this, at their longer side. */
const SIDES = { least: 320, most: 800 };

/** A picture, and whether its caption is on it: that takes a font on this machine. */
export interface HeatPicture {
  readonly png: Buffer;
  readonly isLabelled: boolean;
}

/** What a map is of: `cat (100.0 %), grad-cam of layer3`. */
export const describe = ({ label, probability, method, layer }: Explanation): string =>
  `${label} (${percent(probability, 1)}): ${method}${layer === undefined ? '' : ` of ${layer}`}`;

/** The photo and its heat map side by side with a legend, as PNG. */
export async function heatPicture(photo: RgbImage, explanation: Explanation): Promise<HeatPicture> {
  const { default: sharp } = await import('sharp');
  const longer = Math.max(photo.width, photo.height);
  const factor = Math.min(Math.max(longer, SIDES.least), SIDES.most) / longer;
  const [w, h] = [photo.width, photo.height].map((side) => Math.max(1, Math.round(side * factor))) as [number, number];
  const drawn = (image: { readonly data: Uint8Array | Uint8ClampedArray }) =>
    sharp(image.data, { raw: { width: photo.width, height: photo.height, channels: 3 } })
      .resize(w, h)
      .png()
      .toBuffer();
  const least = 2 * BAR.width;
  const [width, height] = [Math.max(2 * w + GAP, least) + 2 * MARGIN, h + 2 * MARGIN + CAPTION_HEIGHT];
  const isLabelled = await hasFonts();
  const below = MARGIN + h + 12;
  const parts = [
    { input: await drawn(photo), left: MARGIN, top: MARGIN },
    { input: await drawn(overlay(photo, explanation)), left: MARGIN + w + GAP, top: MARGIN },
    { input: await bar(explanation), left: MARGIN, top: below + 30 },
    ...(isLabelled ? [{ input: Buffer.from(caption(explanation, { width, height, below })), left: 0, top: 0 }] : []),
  ];
  const png = await sharp({ create: { width, height, channels: 3, background: '#fff' } })
    .composite(parts)
    .png()
    .toBuffer();
  return { png, isLabelled };
}

async function bar({ method }: Explanation): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const { width, height } = BAR;
  const colours = colourMapOf(method);
  const data = new Uint8Array(width * height * 3);
  for (let p = 0; p < width * height; p++) {
    const share = (p % width) / (width - 1);
    data.set(colours(isSigned(method) ? 2 * share - 1 : share), 3 * p);
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

function caption(explanation: Explanation, { width, height, below }: { width: number; height: number; below: number }): string {
  const [low, high] = endsOf(explanation);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="${FONT_SIZE}" fill="${INK}">` +
    `<text x="${MARGIN}" y="${below + 14}" font-weight="bold">${escaped(fitted(describe(explanation), width - 2 * MARGIN))}</text>` +
    `<text x="${MARGIN}" y="${below + 62}" font-size="12">${escaped(low)}</text>` +
    `<text x="${MARGIN + BAR.width}" y="${below + 62}" font-size="12" text-anchor="end">${escaped(high)}</text></svg>`
  );
}
