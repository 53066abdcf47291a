export type { Batch, BrokenSample } from './batches/batch.ts';
export { type BatchIterator, type BatchOptions, type BatchState, batches } from './batches/batches.ts';
export { type DatasetLoader, type LoaderDescription, type LoaderOptions, loader } from './batches/loader.ts';
export { classBalanced, repeatedAugmentation, type Sampler, sequential, shuffled } from './batches/sampler.ts';
export { cutmix, labelSmoothing, type MixOptions, mixup, type SoftBatch } from './batches/soft-labels.ts';
export { centerCrop, crop, pad } from './crop.ts';
export { type CropView, cropView } from './crop-view.ts';
export { arrayDataset } from './datasets/array-dataset.ts';
export { CIFAR10_CLASSES, type Cifar100Options, cifar10, cifar100, type HomeOptions } from './datasets/cifar.ts';
export { type CifarLayout, cifarRecords } from './datasets/cifar-records.ts';
export { type ClassNames, parseClassNames } from './datasets/class-names.ts';
export { concat } from './datasets/concat.ts';
export { type CsvOptions, csvImages } from './datasets/csv-images.ts';
export { type Dataset, type IndexedDataset, indexedDataset, type Sample, type SampleSource } from './datasets/dataset.ts';
export { DatasetError } from './datasets/dataset-error.ts';
export { type DatasetStatistics, datasetStatistics, type StatisticsOptions } from './datasets/dataset-statistics.ts';
export { type DatasetWarning, datasetWarnings } from './datasets/dataset-warnings.ts';
export { type Duplicate, duplicates } from './datasets/duplicates.ts';
export { fromFiles, type NamedFile } from './datasets/from-files.ts';
export { type IdxArray, readIdx } from './datasets/idx.ts';
export { type FoundDataset, IMAGE_ENDINGS, imageFolder, isImageName } from './datasets/image-folder.ts';
export { type DatasetPart, type DatasetParts, imageParts } from './datasets/image-parts.ts';
export { type MatchedNames, matchNames } from './datasets/match-names.ts';
export { FASHION_MNIST_CLASSES, fashionMnist, idxImages, mnist } from './datasets/mnist.ts';
export { sampleSizes } from './datasets/sample-sizes.ts';
export type { PartRole } from './datasets/split-names.ts';
export { isSpriteFolder, type Split, spriteFolder } from './datasets/sprite-folder.ts';
export { type SplitOptions, split, subset } from './datasets/subset.ts';
export { type Relabelled, withClasses } from './datasets/with-classes.ts';
export { type DecodeOptions, decodeImage, MAX_FILE_BYTES, MAX_PIXELS } from './decode-image.ts';
export { DATASET_SOURCES, type DownloadOptions, type DownloadProgress, type RemoteFile } from './downloads/dataset-source.ts';
export { isByProduct } from './files/by-products.ts';
export { DecoderError, ImageError } from './image-error.ts';
export { type Normalization, normalize, type PerChannel } from './normalize.ts';
export { type ImageBatch, preprocess, resizeAndCrop } from './preprocess.ts';
export { cifar10Colours, cifarImagenetColours, imagenet, imagenetV2, type PreprocessingSpec } from './preprocessing-spec.ts';
export { createRandom, permutation, type Random } from './random.ts';
export type { Interpolation } from './resample-weights.ts';
export { type Box, type ResizeOptions, resize, type Size } from './resize.ts';
export { resizedCrop } from './resized-crop.ts';
export type { RgbImage } from './rgb-image.ts';
export { type AffineMatrix, type AffineParameters, affine, rotate, type WarpOptions, warp } from './transforms/affine.ts';
export { type AugMixOptions, augMix } from './transforms/aug-mix.ts';
export { type AutoAugmentPolicy, autoAugment } from './transforms/auto-augment.ts';
export { adjustBrightness, adjustContrast, adjustSaturation, adjustSharpness, greyscale } from './transforms/colour.ts';
export { centerCropTo, evaluationCrop, resizeTo } from './transforms/fixed-transforms.ts';
export { flipHorizontal, flipVertical } from './transforms/flip.ts';
export { transformFromSpec } from './transforms/from-spec.ts';
export { gaussianBlur } from './transforms/gaussian-blur.ts';
export { adjustHue } from './transforms/hue.ts';
export { fiveCrop, tenCrop } from './transforms/many-crops.ts';
export { autocontrast, equalize, invert, posterize, solarize } from './transforms/point-operations.ts';
export { type RandAugmentOptions, randAugment, trivialAugmentWide } from './transforms/rand-augment.ts';
export {
  type ColourJitterOptions,
  colourJitter,
  type RandomAffineOptions,
  type RandomErasingOptions,
  randomAffine,
  randomErasing,
  randomGaussianBlur,
  randomGreyscale,
  randomHorizontalFlip,
  randomVerticalFlip,
} from './transforms/random-changes.ts';
export { type RandomResizedCropOptions, randomCrop, randomResizedCrop } from './transforms/random-crops.ts';
export { compose, type Transform, type TransformSpec } from './transforms/transform.ts';
