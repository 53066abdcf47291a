import * as v from 'valibot';
import { CheckpointError, listFaults } from '../checkpoint-error.ts';

/** Which shape of manifest this is; a reader refuses those of a later version. */
export const MANIFEST_VERSION = 1;

const WHOLE = 'expected a whole number above 0';
const size = v.pipe(v.number(), v.integer(WHOLE), v.minValue(1, WHOLE));
const named = v.pipe(v.string(), v.nonEmpty('expected a name but it is empty'));
/** One number is a side (of a square, or the shorter one); two are height and width. */
const extent = v.union([size, v.strictTuple([size, size])], 'expected a whole number or [height, width]');
const channels = v.pipe(v.array(v.pipe(v.number(), v.finite())), v.minLength(1));
const SHARE = 'expected a share between 0 and 1';
const share = v.pipe(v.number(), v.minValue(0, SHARE), v.maxValue(1, SHARE));

const preprocessingSchema = v.object({
  /** Resize the shorter side to this, or to exactly [height, width]; `null` does not resize. */
  resize: v.nullable(extent),
  /** Then cut this much out of the centre; `null` keeps all. */
  crop: v.nullable(extent),
  interpolation: v.picklist(['nearest', 'bilinear', 'bicubic', 'lanczos']),
  /** One number a channel, of pixels between 0 and 1. */
  mean: channels,
  std: v.pipe(
    channels,
    v.everyItem((deviation) => deviation > 0, 'expected every number above 0'),
  ),
});

const accuracySchema = v.object({
  dataset: named,
  /** Between 0 and 1. */
  top1: share,
  top5: v.optional(share),
  /** How many images it was measured on. */
  images: v.optional(size),
  /** Who measured it, if not whoever wrote the manifest. */
  source: v.optional(v.string()),
});

const manifestSchema = v.object({
  manifestVersion: v.literal(MANIFEST_VERSION),
  /** The name that `createModel` of the zoo knows, such as `resnet50`. */
  architecture: named,
  /** What `createModel` gets beside the name; plain JSON. */
  config: v.record(v.string(), v.unknown()),
  preprocessing: v.nullable(preprocessingSchema),
  /** Class names in the order of the logits. */
  labels: v.nullable(v.array(v.string())),
  /** SPDX identifier, such as `BSD-2-Clause`, or a name. */
  licence: v.nullable(v.string()),
  /** Where the numbers come from: an address, a file, a paper. */
  source: v.nullable(v.string()),
  /** SHA-256 of everything behind the safetensors header; checked on load. `saveCheckpoint` fills it in. */
  sha256: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'))),
  accuracy: v.nullable(accuracySchema),
  /** Of a network in 8 bits its plan, which `@resnetjs/quantize` reads; the file's tensors are that plan's. */
  quantization: v.optional(v.record(v.string(), v.unknown())),
});

/** How an image becomes the network's input: resize, cut out the centre, subtract `mean`, divide by `std`. */
export type Preprocessing = v.InferOutput<typeof preprocessingSchema>;

/** What the network was measured to score. */
export type Accuracy = v.InferOutput<typeof accuracySchema>;

/** What someone needs to use a checkpoint, beside its numbers. Plain JSON. */
export type Manifest = v.InferOutput<typeof manifestSchema>;

/** Makes a manifest out of what is known; the rest is `null`. */
export const createManifest = (known: Pick<Manifest, 'architecture'> & Partial<Manifest>): Manifest => ({
  manifestVersion: MANIFEST_VERSION,
  config: {},
  preprocessing: null,
  labels: null,
  licence: null,
  source: null,
  sha256: null,
  accuracy: null,
  ...known,
});

/**
 * Checks what came out of a JSON file. Unknown keys are dropped.
 *
 * @param name of the file, for the message.
 * @throws CheckpointError listing every problem by its path.
 */
export function parseManifest(value: unknown, name = 'manifest'): Manifest {
  const result = v.safeParse(manifestSchema, value);
  if (result.success) return result.output;
  const faults = result.issues.map((issue) => `${v.getDotPath(issue) ?? 'the manifest'}: ${explain(issue)}`);
  throw new CheckpointError(`${name}: ${faults.length} problem${faults.length > 1 ? 's' : ''} in the manifest: ${listFaults(faults)}.`);
}

/** valibot's messages start "Invalid type: Expected X but received Y"; ours read on from the path. */
const explain = (issue: v.BaseIssue<unknown>): string => issue.message.replace(/^Invalid [\w ]+: E/, 'e');

/** Whether a JSON value means to be a manifest of ours, rather than some other file of that name. */
export const looksLikeManifest = (value: unknown): boolean => typeof value === 'object' && value !== null && 'manifestVersion' in value;
