import type { RgbImage, Size } from '@resnetjs/data';
import { escaped, FONT_SIZE, fitted, hasFonts } from '../print/drawn-text.ts';

/** A picture on a contact sheet. */
export interface SheetSample {
  readonly image: RgbImage;
  readonly label: string;
  /** Samples of one number get one colour. */
  readonly group: number;
}

export interface SheetOptions {
  readonly title: string;
  readonly columns: number;
}

/** A contact sheet as PNG. */
export interface ContactSheet {
  readonly png: Buffer;
  /** Whether title and labels are on it: that takes a font on this machine. */
  readonly isLabelled: boolean;
}

const MARGIN = 24;
const GAP = 16;
const TITLE_HEIGHT = 40;
const LABEL_HEIGHT = 28;
const INK = '#24292f';
const PAPER = 255;
/** Pictures smaller than this are enlarged, pixel by pixel. */
const LEAST_SIDE = 112;
/** More would be a picture that few programs open. */
const MAX_PIXELS = 100_000_000;

/** How large a sheet of `count` pictures of this size is, and each picture on it. */
function layout(size: Size, count: number, columns: number) {
  const factor = Math.max(1, Math.ceil(LEAST_SIDE / Math.max(size.width, size.height)));
  const picture = { width: size.width * factor, height: size.height * factor };
  const across = Math.min(columns, count);
  const rows = Math.ceil(count / columns);
  const [stepX, stepY] = [picture.width + GAP, picture.height + LABEL_HEIGHT + GAP];
  return {
    factor,
    picture,
    width: 2 * MARGIN + across * stepX - GAP,
    height: 2 * MARGIN + TITLE_HEIGHT + rows * stepY - GAP,
    place: (n: number) => ({ left: MARGIN + (n % columns) * stepX, top: MARGIN + TITLE_HEIGHT + Math.floor(n / columns) * stepY }),
  };
}

/** Whether so many pictures of this size fit a sheet. */
export function fitsSheet(size: Size, count: number, columns: number): boolean {
  const { width, height } = layout(size, count, columns);
  return width * height <= MAX_PIXELS;
}

/**
 * Draws pictures in rows, each with its label below.
 *
 * @param samples at least one, all of one size
 */
export async function drawContactSheet(samples: readonly SheetSample[], { title, columns }: SheetOptions): Promise<ContactSheet> {
  const { default: sharp } = await import('sharp');
  const { factor, picture, width, height, place } = layout((samples[0] as SheetSample).image, samples.length, columns);
  const canvas = new Uint8Array(width * height * 3).fill(PAPER);
  for (const [n, { image }] of samples.entries()) paste(image, { data: canvas, width, height }, { ...place(n), factor });
  const isLabelled = await hasFonts();
  const texts = samples.map(({ label, group }, n) => {
    const { left, top } = place(n);
    const baseline = top + picture.height + 20;
    const colour = `hsl(${Math.round(group * 137.508) % 360}, 65%, 45%)`; // the golden angle: neighbours differ most
    return (
      `<rect x="${left}" y="${baseline - 10}" width="10" height="10" rx="2" fill="${colour}"/>` +
      `<text x="${left + 16}" y="${baseline}">${escaped(fitted(label, picture.width - 16))}</text>`
    );
  });
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="${FONT_SIZE}" fill="${INK}">` +
    `<text x="${MARGIN}" y="${MARGIN + 16}" font-size="18" font-weight="bold">${escaped(fitted(title, (width - 2 * MARGIN) * (FONT_SIZE / 20)))}</text>` +
    `${texts.join('')}</svg>`;
  const sheet = sharp(canvas, { raw: { width, height, channels: 3 } });
  if (isLabelled) sheet.composite([{ input: Buffer.from(svg), left: 0, top: 0 }]);
  return { png: await sheet.png().toBuffer(), isLabelled };
}

/** Writes `image` into `canvas`, each of its pixels as `factor` times `factor`. */
function paste(
  image: RgbImage,
  canvas: RgbImage,
  { left, top, factor }: { readonly left: number; readonly top: number; readonly factor: number },
): void {
  for (let y = 0; y < image.height * factor; y++) {
    const row = Math.floor(y / factor) * image.width;
    const to = (top + y) * canvas.width + left;
    for (let x = 0; x < image.width * factor; x++) {
      const from = 3 * (row + Math.floor(x / factor));
      canvas.data.set(image.data.subarray(from, from + 3), 3 * (to + x));
    }
  }
}
