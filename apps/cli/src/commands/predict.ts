import { extname } from 'node:path';
import { imageOutcomes, predictionsOf } from '@resnetjs/network';
import { Command, InvalidArgumentError, Option } from 'commander';
import { fileResults, jsonResults, printedResults, RESULT_ENDINGS, type Results } from '../classification/results.ts';
import { CommandError } from '../command-error.ts';
import { withExamples } from '../examples.ts';
import { expandImages } from '../expand-images.ts';
import { IncompleteError } from '../incomplete-error.ts';
import { type LeftOutImage, listOf, MAX_NAMED, reasonOf } from '../left-out.ts';
import { loadNetwork, type Network, type NetworkOptions } from '../network/load-network.ts';
import { networkOptions, positiveInteger } from '../network/options.ts';
import { writeNotes } from '../print/notes.ts';
import { paintFor } from '../print/paint.ts';
import { NO_PROGRESS, startProgress } from '../print/progress.ts';
import { count, counted, percent } from '../print/quantities.ts';
import { readImage, STANDARD_INPUT } from '../read-image.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

export interface PredictOptions extends NetworkOptions {
  readonly top?: number;
  readonly batchSize?: number;
  /** File to write the results into: `.csv` or `.jsonl`. */
  readonly out?: string;
  readonly json?: boolean;
}

/** Images at once: enough to fill the kernels, few enough that results come steadily. */
const BATCH_SIZE = 16;

/** `resnet predict IMAGE…` */
export const predictCommand = (terminal: Terminal): Command =>
  withExamples(
    networkOptions(
      new Command('predict').argument('<image...>', 'files, folders with all that is in them, patterns, URLs, or - for standard input'),
    )
      .summary('say what is in photos')
      .description('Say what is in photos: the most probable classes of each.')
      .option('-k, --top <n>', 'how many classes to show', positiveInteger, 5)
      .option('-b, --batch-size <n>', 'images computed at once', positiveInteger, BATCH_SIZE)
      .option('-o, --out <file>', 'write the results into a .csv or .jsonl file instead', resultFile)
      .addOption(new Option('--json', 'print JSON for programs').conflicts('out'))
      .action((images: readonly string[], options: PredictOptions) => predict(images, options, terminal)),
    [
      ['resnet predict cat.jpg', 'with the CIFAR-10 network that comes with it'],
      ['resnet predict *.jpg --top 1', 'the best guess for each of many'],
      ['resnet predict photos --out results.csv', 'all photos in a folder and below, into a table'],
      ['resnet predict https://example.org/cat.jpg', 'one from the web'],
      ['resnet predict cat.jpg --weights resnet50.pth', "with PyTorch's weights"],
      ['resnet predict - --json < cat.jpg', 'for a program to read'],
    ],
  );

function resultFile(path: string): string {
  if (RESULT_ENDINGS.some((ending) => extname(path).toLowerCase() === ending)) return path;
  throw new InvalidArgumentError(`Expected a file that ends in ${RESULT_ENDINGS.join(' or ')}.`);
}

/**
 * Classifies each image and prints what came out, or writes it into a file. Images that cannot be read do not keep the others from it.
 *
 * @throws IncompleteError naming those that could not be read, after the rest was written; CommandError if none could.
 */
export async function predict(args: readonly string[], options: PredictOptions, terminal: Terminal): Promise<void> {
  if (args.filter((arg) => arg === STANDARD_INPUT).length > 1) throw new UsageError('Standard input is one image: give - once.');
  const { top = 5, batchSize = BATCH_SIZE, out } = options;
  const images = await expandImages(args);
  const network = await loadNetwork(options, terminal);
  let results: Results | undefined;
  try {
    results = await resultsFor(options, Math.min(top, network.classes), terminal);
    if (!options.json) writeNotes(terminal, [about(network), ...network.notes]);
    const failures = new Failures();
    // Results on a terminal are progress enough, and would break into the bar.
    const isPrinting = out === undefined && !options.json && terminal.stdout.isTTY;
    const progress = isPrinting ? NO_PROGRESS : startProgress(terminal, 'Classifying', images.length);
    try {
      let done = 0;
      const { model, labels, preprocessing } = network;
      const outcomes = imageOutcomes(images, {
        read: (name) => readImage(name, terminal),
        preprocessing,
        answers: predictionsOf(model, labels?.names, top),
        batchSize,
      });
      for await (const outcome of outcomes) {
        if ('error' in outcome) failures.add(outcome);
        await results.write(outcome);
        progress.update(++done);
      }
    } finally {
      progress.stop();
    }
    await results.finish();
    if (out !== undefined) terminal.stdout.write(`${paintFor(terminal.stdout, terminal).cyan(out)}: ${counted(images.length, 'image')}\n`);
    failures.complain(images.length);
  } finally {
    await results?.discard();
    network.dispose();
  }
}

function resultsFor({ out, json }: PredictOptions, guesses: number, terminal: Terminal): Results | Promise<Results> {
  if (out !== undefined) return fileResults(out, guesses);
  return json ? jsonResults(terminal) : printedResults(terminal);
}

function about({ name, classes, accuracy }: Network): string {
  const stated = accuracy ? `, right about ${percent(accuracy.top1)} of the ${accuracy.dataset}` : '';
  return `${name}: ${counted(classes, 'class', 'classes')}${stated}`;
}

/** Images that could not be classified; of many, the first ones are remembered. */
class Failures {
  #count = 0;
  #first: Error | undefined;
  readonly #named: LeftOutImage[] = [];

  add({ image, error }: { readonly image: string; readonly error: Error }): void {
    this.#count++;
    this.#first ??= error;
    if (this.#named.length < MAX_NAMED) this.#named.push({ image, error: reasonOf(image, error) });
  }

  /** @throws what there is to say about them, if there are any. */
  complain(total: number): void {
    if (!this.#first) return;
    if (total === 1) throw this.#first;
    const list = listOf(this.#named, this.#count - this.#named.length);
    const message = `${count(this.#count)} of ${count(total)} images could not be classified:\n${list}`;
    throw this.#count < total ? new IncompleteError(message, { cause: this.#first }) : new CommandError(message, { cause: this.#first });
  }
}
