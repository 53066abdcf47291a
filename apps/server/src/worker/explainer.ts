import type { RgbImage } from '@resnetjs/data';
import type { Network } from '@resnetjs/network';
import sharp from 'sharp';
import { RequestFault } from '../request-fault.ts';
import type { Explanation } from './protocol.ts';

/** Where a network looks in a photo, drawn over it. @returns a PNG of the photo's size */
export type Explainer = (network: Network, photo: RgbImage, asked: Explanation) => Promise<Uint8Array>;

/** By `@resnetjs/explain`, an optional peer of this package; `undefined` where it is not installed. */
export async function explainer(): Promise<Explainer | undefined> {
  let library: typeof import('@resnetjs/explain') & typeof import('@resnetjs/explain/picture');
  try {
    library = { ...(await import('@resnetjs/explain')), ...(await import('@resnetjs/explain/picture')) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
  const { explain, overlay, ExplainError } = library;
  return async (network, photo, { method = 'grad-cam', target, layer }) => {
    try {
      const explanation = await explain(network, photo, { method, ...(target !== undefined && { target }), layer });
      const { data, width, height } = overlay(photo, explanation);
      return await sharp(data, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer();
    } catch (error) {
      throw error instanceof ExplainError ? new RequestFault(400, error.message, { cause: error }) : error;
    }
  };
}
