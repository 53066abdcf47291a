import { SingleBar } from 'cli-progress';
import type { Terminal } from '../terminal.ts';
import { paintFor } from './paint.ts';

/** Shows how far long work has come. */
export interface Progress {
  /** @param done of the total the bar was started with. */
  update(done: number): void;
  /** Takes the bar away. */
  stop(): void;
}

/** Where nothing is to be shown. */
export const NO_PROGRESS: Progress = { update: () => {}, stop: () => {} };

/** A bar on the error output, if that is a terminal; nothing otherwise, so that logs stay readable. */
export function startProgress(terminal: Terminal, what: string, total: number): Progress {
  const { stderr } = terminal;
  if (!stderr.isTTY || terminal.env.CI || terminal.env.TERM === 'dumb') return NO_PROGRESS;
  const paint = paintFor(stderr, terminal);
  const progress = new SingleBar({
    stream: stderr,
    format: `${what}  ${paint.green('{bar}')}  {percentage} %  ${paint.dim('{eta_formatted} left')}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    clearOnComplete: true,
    // A cursor that was hidden stays so after Ctrl-C.
    hideCursor: false,
  });
  progress.start(total, 0);
  return { update: (done) => progress.update(done), stop: () => progress.stop() };
}
