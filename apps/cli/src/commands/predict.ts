import { classify, type Prediction } from '@resnetjs/core';
import { preprocess } from '@resnetjs/data';
import { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { withExamples } from '../examples.ts';
import { loadNetwork, type Network, type NetworkOptions } from '../network/load-network.ts';
import { networkOptions, positiveInteger } from '../network/options.ts';
import { writeJson } from '../print/json.ts';
import { writeNotes } from '../print/notes.ts';
import { paintFor } from '../print/paint.ts';
import { predictionLines } from '../print/predictions.ts';
import { counted, percent } from '../print/quantities.ts';
import { readImage } from '../read-image.ts';
import type { Terminal } from '../terminal.ts';

export interface PredictOptions extends NetworkOptions {
  readonly top?: number;
  readonly json?: boolean;
}

/** What became of one image. */
type Outcome = { readonly image: string } & ({ readonly predictions: readonly Prediction[] } | { readonly error: Error });

/** `resnet predict IMAGE…` */
export const predictCommand = (terminal: Terminal): Command =>
  withExamples(
    networkOptions(new Command('predict').argument('<image...>', 'PNG, JPEG, WebP, GIF or AVIF files'))
      .summary('say what is in photos')
      .description('Say what is in photos: the most probable classes of each.')
      .option('-k, --top <n>', 'how many classes to show', positiveInteger, 5)
      .option('--json', 'print JSON for programs')
      .action((images: readonly string[], options: PredictOptions) => predict(images, options, terminal)),
    [
      ['resnet predict cat.jpg', 'with the CIFAR-10 network that comes with it'],
      ['resnet predict *.jpg --top 1', 'the best guess for each of many'],
      ['resnet predict cat.jpg --weights resnet50.pth', "with PyTorch's weights"],
      ['resnet predict cat.jpg --json', 'for a program to read'],
    ],
  );

/**
 * Classifies each image and prints what came out. Images that cannot be read do not keep the others from it.
 *
 * @throws CommandError listing those that could not be read, after the rest was printed.
 */
export async function predict(images: readonly string[], options: PredictOptions, terminal: Terminal): Promise<void> {
  const network = await loadNetwork(options, terminal);
  try {
    const outcomes: Outcome[] = [];
    if (!options.json) writeNotes(terminal, [about(network), ...network.notes]);
    for (const image of images) {
      const outcome = await classifyFile(image, network, options.top ?? 5);
      outcomes.push(outcome);
      if (!options.json) print(outcome, terminal);
    }
    if (options.json) writeJson(terminal, outcomes.map(toJson));
    complainOf(outcomes);
  } finally {
    network.dispose();
  }
}

function about({ name, classes, accuracy }: Network): string {
  const stated = accuracy ? `, right about ${percent(accuracy.top1)} of the ${accuracy.dataset}` : '';
  return `${name}: ${counted(classes, 'class', 'classes')}${stated}`;
}

async function classifyFile(image: string, { model, labels, preprocessing }: Network, top: number): Promise<Outcome> {
  try {
    const pixels = preprocess(await readImage(image), preprocessing);
    const [predictions = []] = await classify(model, pixels, labels?.names, top);
    return { image, predictions };
  } catch (error) {
    return { image, error: error as Error };
  }
}

function print(outcome: Outcome, terminal: Terminal): void {
  if ('error' in outcome) return;
  const { stdout } = terminal;
  const paint = paintFor(stdout, terminal);
  const width = stdout.columns;
  stdout.write(`${paint.cyan(outcome.image)}\n${predictionLines(outcome.predictions, { paint, ...(width && { width }) })}`);
}

const toJson = (outcome: Outcome): object =>
  'error' in outcome ? { image: outcome.image, error: outcome.error.message } : { image: outcome.image, predictions: outcome.predictions };

function complainOf(outcomes: readonly Outcome[]): void {
  const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
  const [first] = errors;
  if (!first) return;
  if (errors.length === 1) throw first;
  throw new CommandError(
    `${errors.length} of ${outcomes.length} images could not be classified:\n${errors.map(({ message }) => `  ${message}`).join('\n')}`,
    { cause: first },
  );
}
