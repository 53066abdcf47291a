import { SingleBar } from 'cli-progress';
import type { Terminal } from '../terminal.ts';
import { paintFor } from './paint.ts';
import { bytes } from './quantities.ts';

/** Shows how far long work has come. */
export interface Progress {
  /** @param done of the total the bar was started with. */
  update(done: number): void;
  /** Takes the bar away. */
  stop(): void;
}

/** Where nothing is to be shown. */
export const NO_PROGRESS: Progress = { update: () => {}, stop: () => {} };

/**
 * A bar on the error output, if that is a terminal; nothing otherwise, so that logs stay readable.
 *
 * @param unit `bytes` shows how large it is and how fast it comes.
 */
export function startProgress(terminal: Terminal, what: string, total: number, unit?: 'bytes'): Progress {
  const { stderr } = terminal;
  if (!stderr.isTTY || terminal.env.CI || terminal.env.TERM === 'dumb') return NO_PROGRESS;
  const paint = paintFor(stderr, terminal);
  const progress = new SingleBar({
    stream: stderr,
    format: `${what}  ${paint.green('{bar}')}  {percentage} %  ${unit ? '{amount}  ' : ''}${paint.dim('{eta_formatted} left')}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    clearOnComplete: true,
    // A cursor that was hidden stays so after Ctrl-C.
    hideCursor: false,
  });
  const start = performance.now();
  const amount = (done: number): string => `of ${bytes(total)}, ${bytes((1000 * done) / Math.max(performance.now() - start, 1))}/s`;
  progress.start(total, 0, unit && { amount: amount(0) });
  return { update: (done) => progress.update(done, unit && { amount: amount(done) }), stop: () => progress.stop() };
}
