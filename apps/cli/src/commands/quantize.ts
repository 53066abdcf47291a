import { existsSync } from 'node:fs';
import { useWasm } from '@resnetjs/backend-wasm';
import type { Module } from '@resnetjs/core';
import type { Dataset, PreprocessingSpec } from '@resnetjs/data';
import { greyInput, NetworkError, type NetworkFacts, networkOf } from '@resnetjs/network';
import { type Calibration, type LayerReport, quantizedCheckpoint, quantize as quantizeModel } from '@resnetjs/quantize';
import { createManifest, saveCheckpoint } from '@resnetjs/weights';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CommandError } from '../command-error.ts';
import { labelledBatches } from '../dataset/labelled-batches.ts';
import { matchClasses } from '../dataset/match-classes.ts';
import { openForEvaluation } from '../dataset/open-for-evaluation.ts';
import { withExamples } from '../examples.ts';
import { readLabels } from '../labels/read-labels.ts';
import { positiveInteger, weightsOptions } from '../network/options.ts';
import { type PresetName, toManifest } from '../network/presets.ts';
import { assertFloat, type ReadCheckpointOptions, readCheckpoint } from '../network/read-checkpoint.ts';
import { inCommandWords } from '../network/words.ts';
import { writeJson } from '../print/json.ts';
import { writeNotes } from '../print/notes.ts';
import { paintFor } from '../print/paint.ts';
import { startProgress } from '../print/progress.ts';
import { bytes, counted, percent } from '../print/quantities.ts';
import { table } from '../print/table.ts';
import { calibrationBatches, calibrationImages, preparedBatches } from '../quantization/calibration-images.ts';
import { type ComparedBatch, type Comparison, compareNetworks } from '../quantization/compare-networks.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

export interface QuantizeOptions extends Omit<ReadCheckpointOptions, 'backbone'> {
  /** Folder of images by which scales are chosen. */
  readonly images: string;
  /** How many of them. */
  readonly count: number;
  /** Folder of labelled images. */
  readonly evaluate?: string;
  readonly calibration?: Calibration;
  /** Layers that are not quantized. */
  readonly float?: readonly string[];
  /** Share of the images that must be classified as in float. */
  readonly minAgreement?: number;
  /** Points of accuracy that may be lost. */
  readonly maxLoss?: number;
  readonly preset?: PresetName;
  readonly labels?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Enough that more change no scale by much; those of a few classes do. */
const COUNT = 256;
/** Labelled images at once. */
const BATCH_SIZE = 16;
const CALIBRATIONS = ['minMax', 'percentile', 'meanSquaredError', 'entropy'] as const satisfies readonly Calibration[];

/** `resnet quantize IN OUT` */
export const quantizeCommand = (terminal: Terminal): Command =>
  withExamples(
    weightsOptions(
      new Command('quantize')
        .argument('<in>', 'weights of any source: a file, a URL, a repository, a name')
        .argument('<out>', 'where to write; ends in .safetensors')
        .summary('make a network of 8-bit integers: a quarter of the bytes')
        .description(
          'Make a network of 8-bit integers: a quarter of the bytes, and faster. Images such as it will see choose its scales; ' +
            'what it gives is compared with what it gave in float.',
        )
        .requiredOption('--images <folder>', 'images such as it will see, without labels: a few hundred')
        .option('-n, --count <n>', 'how many of them, evenly chosen', positiveInteger, COUNT)
        .option('--evaluate <folder>', 'labelled images to compare accuracy on (default: agreement on the images alone)')
        .addOption(new Option('--calibration <method>', 'how scales are chosen (default: meanSquaredError)').choices(CALIBRATIONS))
        .option('--float <layers...>', 'layers to leave in float: first, last, or by name (layer1.*, fc)')
        .addOption(
          new Option('--min-agreement <share>', 'leave more layers in float until so many images are classified as before: 0.99')
            .argParser(share)
            .conflicts('maxLoss'),
        )
        .option(
          '--max-loss <points>',
          'leave more layers in float until no more points of accuracy are lost: 0.5 (with --evaluate)',
          points,
        ),
    )
      .option('-f, --force', 'write over files that are there')
      .option('--json', 'print JSON for programs')
      .action((from: string, to: string, options: QuantizeOptions) => quantize(from, to, options, terminal)),
    [
      ['resnet quantize resnet50 small.safetensors --images photos', 'and small.json beside it'],
      ['resnet quantize net.pth small.safetensors --images train --evaluate val', 'accuracy before and after'],
      ['resnet quantize net.pth small.safetensors --images train --float first last', 'two layers stay as they are'],
      ['resnet quantize net.pth small.safetensors --images train --evaluate val --max-loss 0.5', 'as many as it takes'],
      ['resnet predict cat.jpg --weights small.safetensors', 'used as any other'],
    ],
  );

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('Expected a share above 0 and up to 1, such as 0.99.');
  return value;
}

function points(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 100)) throw new InvalidArgumentError('Expected percentage points from 0 to 100, such as 0.5.');
  return value;
}

/**
 * Quantizes a network and writes it, with what it scores.
 *
 * @throws UsageError, CommandError or the packages' own errors; what was at `to` then stays.
 */
export async function quantize(from: string, to: string, options: QuantizeOptions, terminal: Terminal): Promise<void> {
  const { evaluate, maxLoss, minAgreement, calibration, float, force, json } = options;
  if (!to.endsWith('.safetensors')) throw new UsageError(`quantize writes safetensors: let ${to} end in .safetensors.`);
  if (maxLoss !== undefined && evaluate === undefined)
    throw new UsageError('--max-loss needs --evaluate FOLDER: accuracy is measured on labelled images.');
  const there = [to, to.replace(/\.safetensors$/, '.json')].filter((file) => existsSync(file));
  if (there.length > 0 && !force)
    throw new CommandError(`${there.join(' and ')} already there. Write over with --force, or choose another name.`);
  const dataset = await calibrationImages(options.images, options.count, terminal);
  const evaluation = evaluate === undefined ? undefined : await openForEvaluation(evaluate);
  const started = useWasm();
  started.catch(() => undefined); // waited for below, where reading has not failed first
  const { checkpoint, network } = await floatNetwork(from, options, started, terminal);
  try {
    const { preprocessing } = network;
    const matched = evaluation && matchClasses(evaluate as string, evaluation.dataset.classes ?? [], labelsOf(network));
    if (!json) writeNotes(terminal, [...network.notes, ...(evaluation?.notes ?? []), ...(matched?.notes ?? [])].map(inCommandWords));

    const isGrey = checkpoint.architecture.options.channels === 1;
    const asNetwork = (made: Module): Module => (isGrey ? greyInput(made, preprocessing) : made);
    const total = evaluation?.dataset.length ?? dataset.length;
    const compare = async (made: Module): Promise<Comparison> => {
      const bar = startProgress(terminal, 'Comparing', total);
      const images =
        evaluation && matched ? labelledImages(evaluation.dataset, preprocessing, matched.outputs) : unlabelled(dataset, preprocessing);
      try {
        return await compareNetworks([network.predictor, asNetwork(made)], images, bar.update);
      } finally {
        bar.stop();
      }
    };
    const measure = async (made: Module): Promise<number> => {
      const { agreement, top1 = [0, 0] } = await compare(made);
      return maxLoss === undefined ? agreement : 1 - (top1[0] - top1[1]);
    };
    const atLeast = maxLoss === undefined ? minAgreement : 1 - maxLoss / 100;

    const bar = startProgress(terminal, 'Calibrating', dataset.length);
    const made = await quantizeModel(network.model, {
      images: calibrationBatches(dataset, preprocessing, { isGrey }),
      ...(calibration && { calibration }),
      ...(float && { float }),
      ...(atLeast !== undefined && { auto: { atLeast, measure } }),
      onProgress: ({ stage, done }) => (stage === 'observe' ? bar.update(done) : bar.stop()),
    }).finally(bar.stop);
    try {
      const comparison = await compare(made);
      const [, top1] = comparison.top1 ?? [];
      const manifest = createManifest({
        architecture: checkpoint.architecture.name,
        config: { ...checkpoint.architecture.options },
        preprocessing: toManifest(preprocessing),
        labels: network.labels ? [...network.labels] : null,
        licence: checkpoint.manifest?.licence ?? null,
        source: checkpoint.manifest?.source ?? null,
        accuracy: top1 === undefined ? null : { dataset: evaluate as string, top1, images: comparison.images },
      });
      const file = quantizedCheckpoint(made, manifest);
      await saveCheckpoint(to, file);
      const sizeBytes = [sizeOf(checkpoint.stateDict.values()), sizeOf(file.stateDict.values())] as const;
      const measuredOn = evaluate ?? options.images;
      const report = { file: to, network: network.name, measuredOn, sizeBytes, ...comparison, layers: made.report };
      if (json) writeJson(terminal, report);
      else printText(report, terminal);
    } finally {
      made.dispose();
    }
  } finally {
    network.dispose();
  }
}

/** The network in float, ready on the backend. */
async function floatNetwork(from: string, options: QuantizeOptions, started: Promise<unknown>, terminal: Terminal) {
  const checkpoint = await readCheckpoint(from, options, terminal);
  const { name } = checkpoint.architecture;
  assertFloat(checkpoint, from);
  if (!checkpoint.hasHead)
    throw new CommandError(`${from}: ${name} has no head here, so it tells no classes. \`resnet finetune\` gives it one.`);
  const labels = options.labels === undefined ? undefined : (await readLabels(options.labels)).names;
  await started;
  const network = await networkOf(checkpoint, checkpoint.manifest, { preprocessing: options.preset, labels }).catch((cause) => {
    if (!(cause instanceof NetworkError)) throw cause;
    throw new CommandError(`${from}: ${cause.message}`, { cause });
  });
  return { checkpoint, network };
}

const labelsOf = ({ classes, labels, identifiers }: NetworkFacts) => ({
  classes,
  labels: labels && { names: labels, ...(identifiers && { identifiers }) },
});

async function* labelledImages(
  dataset: Dataset,
  preprocessing: PreprocessingSpec,
  outputs: readonly number[],
): AsyncGenerator<ComparedBatch> {
  for await (const { images, shape, labels } of labelledBatches(dataset, { preprocessing, outputs, batchSize: BATCH_SIZE }))
    yield { images: images as Float32Array, shape, labels };
}

async function* unlabelled(dataset: Dataset, preprocessing: PreprocessingSpec): AsyncGenerator<ComparedBatch> {
  for await (const { data, shape } of preparedBatches(dataset, preprocessing)) yield { images: data, shape };
}

const sizeOf = (tensors: Iterable<{ readonly data: ArrayBufferView }>): number =>
  [...tensors].reduce((sum, { data }) => sum + data.byteLength, 0);

interface Report extends Comparison {
  readonly file: string;
  readonly network: string;
  readonly measuredOn: string;
  readonly sizeBytes: readonly [number, number];
  readonly layers: readonly LayerReport[];
}

/** Layers that are named on the screen. */
const MOST_NAMED = 3;

function printText(
  { file, network, measuredOn, images, agreement, top1, millisecondsPerImage, sizeBytes, layers }: Report,
  terminal: Terminal,
): void {
  const paint = paintFor(terminal.stdout, terminal);
  const row = (name: string, cells: readonly [number, number], show: (value: number) => string) => [name, ...cells.map(show)];
  const columns = [{ title: '' }, { title: 'float32', align: 'right' }, { title: 'int8', align: 'right' }] as const;
  const rows = [
    row('weights', sizeBytes, bytes),
    ...(top1 ? [row('top-1', top1, percent)] : []),
    ['agreement', '', percent(agreement)],
    row('time', millisecondsPerImage, (ms) => `${ms.toFixed(ms < 10 ? 2 : 1)} ms`),
  ];
  const inFloat = layers.filter(({ computedIn }) => computedIn === 'float32').map(({ name }) => name);
  const noisiest = layers.toSorted((a, b) => a.signalToNoiseDb - b.signalToNoiseDb).slice(0, MOST_NAMED);
  terminal.stdout.write(`${paint.cyan(file)}: ${network}, measured on ${counted(images, 'image')} of ${measuredOn}\n\n`);
  terminal.stdout.write(table(columns, rows, { paint }));
  const lines = [
    ...(inFloat.length > 0 ? [`In float: ${inFloat.join(', ')}`] : []),
    `Most noise: ${noisiest.map(({ name, signalToNoiseDb }) => `${name} (signal to noise ${signalToNoiseDb.toFixed(1)} dB)`).join(', ')}`,
  ];
  terminal.stdout.write(`\n${lines.map((line) => paint.dim(line)).join('\n')}\n`);
}
