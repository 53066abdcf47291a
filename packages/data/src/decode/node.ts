import { DecoderError } from '../image-error.ts';
import { cmykToRgb } from './cmyk.ts';
import type { PixelDecoder } from './pixel-decoder.ts';

// Loaded on the first image: importing the package must not load a native library.
let sharpModule: Promise<typeof import('sharp')> | undefined;

/**
 * Decodes with sharp, asked for the bytes Pillow gives: embedded colour profiles are not applied
 * (`convert('RGB')` ignores them), alpha is dropped instead of blended, greyscale is repeated, 16 bits lose their
 * low byte, of an animation the first frame is taken, and CMYK is converted by Pillow's arithmetic.
 */
export const decodePixels: PixelDecoder = async (bytes, { orient, maxPixels, header, hasPlainInk = false }) => {
  sharpModule ??= loadSharp();
  const { default: sharp } = await sharpModule;
  const isCmyk = header.components === 4;
  // libjpeg warns of stray bytes that Pillow lets pass ('warning' is sharp's default); what is cut off fails here as there.
  let pipeline = sharp(bytes, { ignoreIcc: true, failOn: 'error', limitInputPixels: maxPixels, pages: 1 });
  if (orient) pipeline = pipeline.autoOrient();
  pipeline = isCmyk ? pipeline.pipelineColourspace('cmyk').toColourspace('cmyk') : pipeline.removeAlpha().toColourspace('srgb');
  const { data, info } = await pipeline.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const channels = isCmyk ? 4 : 3;
  if (info.channels !== channels) throw new Error(`the decoder gave ${info.channels} channels instead of ${channels}`);
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
  // libvips turns the ink of every JPEG round.
  if (isCmyk && hasPlainInk) for (let i = 0; i < pixels.length; i++) pixels[i] = 255 - (pixels[i] as number);
  return { width: info.width, height: info.height, data: isCmyk ? cmykToRgb(pixels) : pixels };
};

async function loadSharp(): Promise<typeof import('sharp')> {
  try {
    return await import('sharp');
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]?.trim();
    throw new DecoderError(
      `sharp, with which Node decodes images, cannot be loaded on ${process.platform}-${process.arch} (${reason}). The pictures ` +
        'may be fine. Install it with its library for this platform: npm install --include=optional sharp ' +
        `(or npm install --os=${process.platform} --cpu=${process.arch} sharp, where node_modules came from another machine).`,
      { cause: error },
    );
  }
}
