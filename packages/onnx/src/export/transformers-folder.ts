import type { Manifest } from '@resnetjs/weights';

/** The names that transformers.js gives what goes in and out of an image classifier. */
export const TRANSFORMERS_NAMES = { input: 'pixel_values', output: 'logits' } as const;

/** PIL's numbers of its filters, which the field's preprocessor files use. */
const RESAMPLING = { nearest: 0, lanczos: 1, bilinear: 2, bicubic: 3 } as const;

export interface TransformersFacts extends Pick<Manifest, 'labels' | 'preprocessing'> {
  readonly classes: number;
  readonly channels: number;
  /** Whether the weights lie in a file beside the model. */
  readonly hasDataFile?: boolean;
}

/**
 * The JSON files that transformers.js, optimum and their like read beside `onnx/model.onnx`, by their names: an image classifier of the
 * kind `resnet`, whatever it is in truth, for that is how they run it.
 */
export function transformersFiles(facts: TransformersFacts): Readonly<Record<'config.json' | 'preprocessor_config.json', string>> {
  const { labels, preprocessing, classes, channels, hasDataFile = false } = facts;
  const names = labels ?? Array.from({ length: classes }, (_, i) => `LABEL_${i}`);
  const config = {
    model_type: 'resnet',
    architectures: ['ResNetForImageClassification'],
    num_channels: channels,
    num_labels: names.length,
    id2label: Object.fromEntries(names.map((name, i) => [i, name])),
    label2id: Object.fromEntries(names.map((name, i) => [name, i])),
    ...(hasDataFile && { 'transformers.js_config': { use_external_data_format: true } }),
  };
  const sides = (extent: number | readonly [number, number]) => {
    const [height, width] = typeof extent === 'number' ? [extent, extent] : extent;
    return { height, width };
  };
  const { resize = null, crop = null, interpolation = 'bilinear', mean = [], std = [] } = preprocessing ?? {};
  const preprocessor = {
    image_processor_type: 'BitImageProcessor',
    do_convert_rgb: channels === 3,
    do_resize: resize !== null,
    ...(resize !== null && { size: typeof resize === 'number' ? { shortest_edge: resize } : sides(resize) }),
    resample: RESAMPLING[interpolation],
    do_center_crop: crop !== null,
    ...(crop !== null && { crop_size: sides(crop) }),
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: mean.length > 0,
    ...(mean.length > 0 && { image_mean: mean, image_std: std }),
  };
  return { 'config.json': json(config), 'preprocessor_config.json': json(preprocessor) };
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
