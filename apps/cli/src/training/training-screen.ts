import { duration, type FitEvent, progress, progressLine } from '@resnetjs/train';
import { writeJson } from '../print/json.ts';
import { paintFor } from '../print/paint.ts';
import { percent } from '../print/quantities.ts';
import type { Terminal } from '../terminal.ts';

/** Shows a training: a line that moves where that can be seen, and a line for each epoch. */
export interface TrainingScreen {
  show(event: FitEvent): void;
  /** Takes the moving line away. */
  clear(): void;
}

const REDRAW_MS = 100;

/** @param json writes events as lines of JSON instead, for programs. */
export function trainingScreen(terminal: Terminal, { json = false }: { readonly json?: boolean } = {}): TrainingScreen {
  const { stdout, stderr, env } = terminal;
  const paint = paintFor(stdout, terminal);
  const moves = Boolean(stderr.isTTY) && !env.CI && env.TERM !== 'dumb' && !json;
  const follow = progress();
  let drawn = Number.NEGATIVE_INFINITY;
  const clear = () => {
    if (moves && drawn > Number.NEGATIVE_INFINITY) stderr.write('\r\u001b[2K');
    drawn = Number.NEGATIVE_INFINITY;
  };
  return {
    clear,
    show(event) {
      const now = follow(event);
      if (event.type === 'step' && moves && now && performance.now() - drawn > REDRAW_MS) {
        drawn = performance.now();
        const columns = stderr.columns ?? 80;
        stderr.write(`\r\u001b[2K${progressLine(now, Math.max(8, Math.min(30, columns - 84))).slice(0, columns - 1)}`);
      }
      if (json) {
        if (event.type === 'epoch') stdout.write(`${JSON.stringify({ ...event.summary, best: event.best, seconds: event.seconds })}\n`);
        return;
      }
      if (event.type !== 'epoch') return;
      clear();
      const { epoch, train, validation } = event.summary;
      const columns = [
        `epoch ${String(epoch + 1).padStart(3)}`,
        `loss ${train.loss.toFixed(4)}  ${percent(train.accuracy).padStart(8)}`,
        ...(validation ? [`validation ${validation.loss.toFixed(4)}  ${paint.bold(percent(validation.accuracy).padStart(8))}`] : []),
        paint.dim(duration(event.seconds)),
        ...(event.best ? [paint.green('best')] : []),
      ];
      stdout.write(`${columns.join('   ')}\n`);
    },
  };
}

/** Writes what a training came to, for programs. */
export const writeResult = (terminal: Terminal, result: object): boolean => writeJson(terminal, result);
