import { ExplainError } from '../explain-error.ts';
import type { Explainable, PreparedImages } from '../explainable.ts';

/** RGB images have data, too, but no shape. */
export const isPrepared = (images: unknown): images is PreparedImages =>
  typeof images === 'object' && images !== null && 'shape' in images && 'data' in images;

/** Photos as the model takes them. @throws ExplainError where nothing says how. */
export async function prepare<Image>(
  network: Explainable<Image>,
  images: Image | readonly Image[] | PreparedImages,
  signal: AbortSignal | undefined,
): Promise<PreparedImages> {
  if (isPrepared(images)) return checked(images);
  if (!network.prepare)
    throw new ExplainError(
      `${network.model.kind}: nothing says how photos are prepared for it. ` +
        'Give what preprocess() of @resnetjs/data makes of them, or a network of loadNetwork().',
    );
  const list = Array.isArray(images) ? (images as readonly Image[]) : [images as Image];
  if (list.length === 0) throw new ExplainError('explain: expected an image or a list of images, but the list is empty.');
  return checked(await network.prepare(list, { signal }));
}

function checked(images: PreparedImages): PreparedImages {
  const { data, shape, photos } = images;
  const size = shape.reduce((product, d) => product * d, 1);
  if (shape.length !== 4 || size !== data.length || size === 0)
    throw new ExplainError(`explain: expected prepared images [N,H,W,C] but received ${data.length} numbers as [${shape.join(',')}].`);
  if (photos && photos.length !== shape[0])
    throw new ExplainError(`explain: ${shape[0]} prepared images, but the places of ${photos.length} in their photos.`);
  return images;
}
