import * as v from 'valibot';
import { CheckpointError, listFaults } from '../checkpoint-error.ts';
import { createManifest, type Manifest, type Preprocessing } from '../manifest/manifest.ts';

const size = v.pipe(v.number(), v.integer(), v.minValue(1));
const inputSize = v.strictTuple([size, size, size], 'expected [channels, height, width]');
const share = v.pipe(v.number(), v.gtValue(0, 'expected a share above 0'), v.maxValue(1, 'expected a share of at most 1'));

/** What is used of timm's `config.json`; timm puts the preprocessing in `pretrained_cfg`. */
const timmSchema = v.object({
  architecture: v.pipe(v.string(), v.nonEmpty()),
  num_classes: v.optional(size),
  model_args: v.optional(v.record(v.string(), v.unknown())),
  label_names: v.optional(v.array(v.string())),
  label_descriptions: v.optional(v.record(v.string(), v.string())),
  pretrained_cfg: v.object({
    input_size: inputSize,
    test_input_size: v.optional(inputSize),
    interpolation: v.picklist(['nearest', 'bilinear', 'bicubic', 'lanczos']),
    crop_pct: share,
    test_crop_pct: v.optional(share),
    crop_mode: v.optional(v.picklist(['center', 'squash']), 'center'),
    mean: v.pipe(v.array(v.number()), v.minLength(1)),
    std: v.pipe(v.array(v.number()), v.minLength(1)),
    num_classes: v.optional(size),
    license: v.optional(v.nullable(v.string())),
  }),
});

export interface TimmConfigOptions {
  /** Use the larger size that timm evaluates at, where there is one (`test_input_size`). */
  readonly useTestSize?: boolean;
}

/**
 * The manifest that a `config.json` of timm on the hub amounts to.
 *
 * @param name for messages, and the manifest's source.
 * @throws CheckpointError listing everything that is missing or not understood.
 * @see https://github.com/huggingface/pytorch-image-models/blob/main/timm/models/_hub.py (save_config_for_hf)
 */
export function manifestFromTimm(value: unknown, name: string, { useTestSize = false }: TimmConfigOptions = {}): Manifest {
  const { success, output: config, issues } = v.safeParse(timmSchema, value);
  if (!success) {
    const faults = issues.map((issue) => `${v.getDotPath(issue) ?? 'the file'}: ${issue.message.replace(/^Invalid [\w ]+: E/, 'e')}`);
    throw new CheckpointError(`${name}: its config.json is not one of timm: ${listFaults(faults)}.`);
  }
  const args = Object.keys(config.model_args ?? {});
  if (args.length)
    throw new CheckpointError(
      `${name}: it was built with model_args ${args.join(', ')}, which have no meaning here. Pass { manifest } with a config that says the same.`,
    );
  const { pretrained_cfg: cfg, label_descriptions: descriptions = {} } = config;
  const classes = config.num_classes ?? cfg.num_classes;
  const [channels] = cfg.input_size;
  return createManifest({
    architecture: config.architecture,
    config: { ...(classes !== undefined && { classes }), ...(channels !== 3 && { channels }) },
    preprocessing: preprocessing(cfg, name, useTestSize),
    labels: config.label_names?.map((label) => (Object.hasOwn(descriptions, label) ? (descriptions[label] as string) : label)) ?? null,
    licence: cfg.license ?? null,
    source: name,
  });
}

/** As timm's evaluation transform: the shorter side is resized to `floor(size / crop_pct)`, then the centre cut out. */
function preprocessing(cfg: v.InferOutput<typeof timmSchema>['pretrained_cfg'], name: string, useTestSize: boolean): Preprocessing {
  const [, height, width] = (useTestSize && cfg.test_input_size) || cfg.input_size;
  const cropShare = (useTestSize && cfg.test_crop_pct) || cfg.crop_pct;
  const scaled = [Math.floor(height / cropShare), Math.floor(width / cropShare)] as [number, number];
  if (cfg.crop_mode === 'center' && height !== width)
    throw new CheckpointError(
      `${name}: it wants ${height}×${width} cut out of the centre, and only squares are. Pass { manifest } with another preprocessing.`,
    );
  return {
    resize: cfg.crop_mode === 'squash' ? scaled : scaled[0],
    crop: [height, width],
    interpolation: cfg.interpolation,
    mean: cfg.mean,
    std: cfg.std,
  };
}
