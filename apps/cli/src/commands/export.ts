import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, loadStateDict, type Module } from '@resnetjs/core';
import { describeArchitecture } from '@resnetjs/network';
import { type EncodedOnnx, type FileParts, OPSETS, TRANSFORMERS_NAMES, toOnnx, transformersFiles } from '@resnetjs/onnx';
import { type QuantizedPredictor, quantize, quantizedPredictor } from '@resnetjs/quantize';
import { createModel, modelInfo } from '@resnetjs/zoo';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CommandError } from '../command-error.ts';
import { withExamples } from '../examples.ts';
import { compareWithRuntime } from '../export/compare-with-runtime.ts';
import { type ManifestOptions, manifestOf } from '../network/manifest-of.ts';
import { modelName, positiveInteger } from '../network/options.ts';
import { PRESET_NAMES, specOf } from '../network/presets.ts';
import { type ReadCheckpointOptions, readCheckpoint } from '../network/read-checkpoint.ts';
import { writeNotes } from '../print/notes.ts';
import { paintFor } from '../print/paint.ts';
import { calibrationBatches, calibrationImages } from '../quantization/calibration-images.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { growingFile, writeWholeFile } from '../write-whole-file.ts';

export interface ExportOptions extends ReadCheckpointOptions, ManifestOptions {
  readonly dtype: 'float32' | 'float16';
  readonly opset: number;
  readonly size?: number | undefined;
  readonly dynamicBatch?: boolean | undefined;
  readonly withPreprocessing?: boolean | undefined;
  readonly softmax?: boolean | undefined;
  /** Batch norms become part of the convolutions before them. */
  readonly fold: boolean;
  /** Writes a folder for transformers.js. */
  readonly transformersJs?: boolean | undefined;
  /** Folder of images by which scales are chosen, for the network in 8 bits beside that in float. */
  readonly images?: string | undefined;
  readonly force?: boolean | undefined;
}

function opset(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < OPSETS.first || value > OPSETS.last)
    throw new InvalidArgumentError(`Expected a whole number from ${OPSETS.first} to ${OPSETS.last}.`);
  return value;
}

/** `resnet export IN OUT` */
export const exportCommand = (terminal: Terminal): Command =>
  withExamples(
    new Command('export')
      .argument('<in>', 'weights: a file, a URL, a repository of the hub or a published name')
      .argument('<out>', 'where to write; ends in .onnx, or a folder with --transformers-js')
      .summary('write a network as ONNX, for other runtimes')
      .description(
        'Write a network as ONNX, for onnxruntime, TensorRT, OpenVINO or transformers.js, then run what was written where onnxruntime-node is installed. ' +
          'A network in 8 bits keeps its integers.',
      )
      .option('-m, --model <name>', 'architecture (default: the one whose parameters these are)', modelName)
      .addOption(new Option('--dtype <type>', 'what weights are stored and computed in').choices(['float32', 'float16']).default('float32'))
      .option('--opset <version>', `version of the operators, ${OPSETS.first} to ${OPSETS.last}`, opset, OPSETS.usual)
      .option('--size <pixels>', "side of the images (default: the manifest's crop)", positiveInteger)
      .option('--dynamic-batch', 'takes batches of any size, not of one image')
      .option('--with-preprocessing', 'takes bytes [N,H,W,3] and normalizes them inside')
      .option('--softmax', 'gives probabilities, not logits')
      .option('--no-fold', 'keep batch norms, and every parameter by its own name')
      .option('--transformers-js', 'write a folder that transformers.js loads')
      .option('--images <folder>', 'with --transformers-js: images such as it will see, to write the network in 8 bits, too')
      .addOption(new Option('--preset <name>', 'how images are prepared, if not as the manifest says').choices(PRESET_NAMES))
      .option('--labels <file>', 'class names in the order of the outputs: one a line, or JSON')
      .option('--offline', 'ask no server: weights that were loaded before, or files')
      .option('-f, --force', 'write over files that are there')
      .action((from: string, to: string, options: ExportOptions) => exportNetwork(from, to, options, terminal)),
    [
      ['resnet export resnet50 resnet50.onnx --dynamic-batch', 'the best published weights, for batches of any size'],
      ['resnet export net.pth net.onnx --with-preprocessing --softmax', 'bytes in, probabilities out'],
      ['resnet export net.safetensors folder --transformers-js', "for pipeline('image-classification', folder)"],
      ['resnet export net.safetensors folder --transformers-js --images photos', "and { dtype: 'q8' }"],
      ['resnet export small.safetensors small.onnx', 'in 8 bits, as `resnet quantize` made it'],
    ],
  );

/** @throws UsageError, CommandError, OnnxError or CheckpointError; what was at `to` then stays. */
export async function exportNetwork(from: string, to: string, options: ExportOptions, terminal: Terminal): Promise<void> {
  const isFolder = options.transformersJs === true;
  checkOptions(to, options);
  if (!isFolder) assertFree([to], options);
  const dataset = options.images === undefined ? undefined : await calibrationImages(options.images, CALIBRATION_IMAGES, terminal);
  const started = useWasm({ everyOp: false });
  started.catch(() => undefined); // waited for below, where reading has not failed first
  const checkpoint = await readCheckpoint(from, options, terminal);
  const { architecture, plan } = checkpoint;
  if (plan && (options.dtype === 'float16' || !options.fold || dataset))
    throw new UsageError(
      `${from} is in 8 bits, norms folded in: leave --dtype, --no-fold and --images out, or give the weights that it was made from.`,
    );
  if (!checkpoint.hasHead) throw new CommandError(`${from}: ${architecture.name} has no head here. \`resnet finetune\` gives it one.`);
  const inEightBits = isFolder ? join(to, 'onnx', 'model_quantized.onnx') : to;
  const inFloat = isFolder ? join(to, 'onnx', options.dtype === 'float16' ? 'model_fp16.onnx' : 'model.onnx') : to;
  const paths = [...(plan ? [] : [inFloat]), ...(plan || dataset ? [inEightBits] : [])];
  assertFree(paths, options);

  const manifest = await manifestOf(checkpoint, {}, options);
  const preprocessing = specOf(from, manifest.preprocessing as NonNullable<typeof manifest.preprocessing>);
  const { classes = modelInfo(architecture.name).classes, channels = 3 } = architecture.options;
  const colours = { mean: preprocessing.mean.slice(0, channels), std: preprocessing.std.slice(0, channels) };
  const side = options.size ?? preprocessing.crop;
  const inputShape = [1, ...(plan && options.size === undefined ? (plan.values[plan.input]?.shape ?? []) : [side, side, channels])];
  await started;
  const paint = paintFor(terminal.stdout, terminal);
  const write = async (network: Module | QuantizedPredictor, path: string): Promise<EncodedOnnx> => {
    const type = 'plan' in network ? 'int8' : options.dtype;
    const file = await toOnnx(network, inputShape, {
      ...(type !== 'int8' && { dtype: type, folded: options.fold }),
      opset: options.opset,
      dynamicBatch: isFolder || options.dynamicBatch,
      softmax: options.softmax,
      preprocessing: options.withPreprocessing ? colours : undefined,
      names: isFolder ? TRANSFORMERS_NAMES : undefined,
      dataFile: isFolder ? `${basename(path)}_data` : `${basename(path)}.data`,
      manifest,
    });
    await mkdir(dirname(path), { recursive: true });
    await writeFiles(path, file);
    const megabytes = ((file.sizeBytes + (file.data?.sizeBytes ?? 0)) / 1e6).toFixed(1);
    terminal.stdout.write(
      `${paint.cyan(isFolder && paths.length === 1 ? to : path)}: ${describeArchitecture(architecture)}, ${type}, opset ${options.opset}, ${megabytes} MB${file.data ? ` with ${file.data.name}` : ''}\n`,
    );
    const compared = await compareWithRuntime(path, network, {
      inputShape,
      ...(options.withPreprocessing && { colours }),
      softmax: options.softmax,
    });
    terminal.stdout.write(`${compared}\n`);
    return file;
  };

  writeNotes(terminal, checkpoint.notes);
  const network = plan ? quantizedPredictor(plan, architecture.name) : createModel(architecture.name, architecture.options);
  try {
    if (!('plan' in network)) loadStateDict(network, checkpoint.stateDict);
    const file = await write(network, plan ? inEightBits : inFloat);
    if (dataset) {
      const images = calibrationBatches(dataset, preprocessing, { isGrey: channels === 1 });
      const quantized = await quantize(network as Module, { images });
      await write(quantized, inEightBits).finally(() => quantized.dispose());
    }
    if (isFolder) {
      const files = transformersFiles({ ...manifest, classes, channels, hasDataFile: file.data !== undefined });
      for (const [name, contents] of Object.entries(files)) await writeWholeFile(join(to, name), contents);
    }
  } finally {
    if ('plan' in network) network.dispose();
    else dispose(network);
  }
}

/** @throws CommandError naming the first that is there and may not be written over. */
function assertFree(paths: readonly string[], { force }: Pick<ExportOptions, 'force'>): void {
  const there = paths.find((path) => existsSync(path));
  if (there !== undefined && !force)
    throw new CommandError(`${there} is already there. Write over it with --force, or choose another name.`);
}

/** As many as `resnet quantize` takes. */
const CALIBRATION_IMAGES = 256;

/** @throws UsageError */
function checkOptions(to: string, { transformersJs, withPreprocessing, softmax, images, size }: ExportOptions): void {
  if (transformersJs && (withPreprocessing || softmax))
    throw new UsageError('--transformers-js prepares images and takes the softmax itself: leave --with-preprocessing and --softmax out.');
  if (!transformersJs && !to.endsWith('.onnx'))
    throw new UsageError(`export writes ONNX: let ${to} end in .onnx, or give --transformers-js a folder.`);
  if (images !== undefined && !transformersJs)
    throw new UsageError(
      '--images writes a second network, in 8 bits, into the folder of --transformers-js. For one file, `resnet quantize` it and export that.',
    );
  if (images !== undefined && size !== undefined)
    throw new UsageError('--images are prepared in the size that the manifest says: leave --size out.');
}

/** The weights beside it first, so that the model is never there without them. */
async function writeFiles(path: string, file: EncodedOnnx): Promise<void> {
  if (file.data) await writeParts(join(dirname(path), file.data.name), file.data);
  await writeParts(path, file);
}

async function writeParts(path: string, { parts }: FileParts): Promise<void> {
  const file = await growingFile(path);
  try {
    for (const part of parts) await file.append(part);
    await file.finish();
  } finally {
    await file.discard();
  }
}
