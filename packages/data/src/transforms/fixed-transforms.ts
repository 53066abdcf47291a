import { centerCrop as cropMiddle } from '../crop.ts';
import { resizeAndCrop } from '../preprocess.ts';
import type { PreprocessingSpec } from '../preprocessing-spec.ts';
import type { Interpolation } from '../resample-weights.ts';
import { resize, type Size } from '../resize.ts';
import { describedTransform, type Transform } from './transform.ts';

/** Resizes every image: see `resize`. */
export const resizeTo = (size: number | Size, interpolation: Interpolation = 'bilinear'): Transform =>
  describedTransform('resizeTo', [size, interpolation], (image) => resize(image, size, { interpolation }));

/** Takes the middle of every image: see `centerCrop`. */
export const centerCropTo = (size: number | Size): Transform =>
  describedTransform('centerCropTo', [size], (image) => cropMiddle(image, size));

/** What `preprocess` does but for the normalization: for evaluation through `batches`. */
export const evaluationCrop = (spec: Pick<PreprocessingSpec, 'resize' | 'crop' | 'interpolation'>): Transform =>
  describedTransform('evaluationCrop', [{ resize: spec.resize, crop: spec.crop, interpolation: spec.interpolation }], (image) =>
    resizeAndCrop(image, spec),
  );
