import { assertRgbImage, type RgbImage } from '../rgb-image.ts';
import { type IndexedDataset, indexedDataset } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';

/**
 * A dataset of images that are in memory already.
 *
 * @param labels one per image, indices into `classes`
 * @throws DatasetError if the lists differ in length, ImageError for an image without the bytes its size promises.
 */
export function arrayDataset(images: readonly RgbImage[], labels: ArrayLike<number>, classes?: readonly string[]): IndexedDataset {
  if (images.length !== labels.length) {
    throw new DatasetError(`arrayDataset: ${images.length} images but ${labels.length} labels. Give one label per image.`);
  }
  images.forEach((image, i) => {
    assertRgbImage(image, `arrayDataset: image ${i}`);
  });
  return indexedDataset({ length: images.length, ...(classes && { classes }) }, (index) => ({
    image: images[index] as RgbImage,
    label: labels[index] as number,
  }));
}
