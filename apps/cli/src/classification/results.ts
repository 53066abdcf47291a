import type { Prediction } from '@resnetjs/core';
import { type Outcome as AnyOutcome, outcomeLine, plainOutcome } from '@resnetjs/network';
import { csvRow } from '../print/csv.ts';
import { writeJson } from '../print/json.ts';
import { paintFor } from '../print/paint.ts';
import { predictionLines } from '../print/predictions.ts';
import type { Terminal } from '../terminal.ts';
import { growingFile } from '../write-whole-file.ts';

/** What became of one image. */
export type Outcome = AnyOutcome<{ readonly predictions: readonly Prediction[] }>;

/** Where outcomes go, one after the other. */
export interface Results {
  write(outcome: Outcome): Promise<void>;
  /** After the last one. */
  finish(): Promise<void>;
  /** Leaves no trace of what is not finished. */
  discard(): Promise<void>;
}

const nothing = async () => {};

/** On the screen, each as it comes: label, probability, bar. */
export function printedResults(terminal: Terminal): Results {
  const { stdout } = terminal;
  const paint = paintFor(stdout, terminal);
  const width = stdout.columns;
  return {
    async write(outcome) {
      if ('error' in outcome) return; // said at the end
      stdout.write(`${paint.cyan(outcome.image)}\n${predictionLines(outcome.predictions, { paint, ...(width && { width }) })}`);
    },
    finish: nothing,
    discard: nothing,
  };
}

/** One JSON list, when all are there. */
export function jsonResults(terminal: Terminal): Results {
  const all: object[] = [];
  return {
    write: async (outcome) => void all.push(plainOutcome(outcome)),
    finish: async () => void writeJson(terminal, all),
    discard: nothing,
  };
}

/** Formats of `fileResults`, by the file's ending. */
export const RESULT_ENDINGS = ['.csv', '.jsonl'] as const;

/**
 * A file that is there when it is whole; outcomes are not kept in memory.
 *
 * `.jsonl` is an object a line, as the items of `jsonResults`. `.csv` has the columns `image`, `label` and `probability` of the best guess,
 * `label_2` and `probability_2` of the next and so on, and `error`.
 *
 * @param guesses of each image
 * @throws CommandError if it cannot be written.
 */
export async function fileResults(path: string, guesses: number): Promise<Results> {
  const file = await growingFile(path);
  const isCsv = path.toLowerCase().endsWith('.csv');
  const { finish, discard } = file;
  if (!isCsv) return { write: (outcome) => file.append(outcomeLine(outcome)), finish, discard };
  const places = Array.from({ length: guesses }, (_, i) => i);
  const columns = places.flatMap((i) => ['label', 'probability'].map((column) => (i === 0 ? column : `${column}_${i + 1}`)));
  await file.append(csvRow(['image', ...columns, 'error'])).catch(async (error) => {
    await discard();
    throw error;
  });
  return {
    write(outcome) {
      const [predictions, error] = 'error' in outcome ? [[], outcome.error.message] : [outcome.predictions, ''];
      const cells = places.flatMap((i) => [predictions[i]?.label ?? '', predictions[i]?.probability ?? '']);
      return file.append(csvRow([outcome.image, ...cells, error]));
    },
    finish,
    discard,
  };
}
