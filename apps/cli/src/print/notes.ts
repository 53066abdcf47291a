import type { Terminal } from '../terminal.ts';
import { paintFor } from './paint.ts';

/** Says what was assumed, on the error output, so that results stay alone on the other. */
export function writeNotes(terminal: Terminal, notes: readonly string[]): void {
  const paint = paintFor(terminal.stderr, terminal);
  for (const note of notes) terminal.stderr.write(`${paint.dim(note)}\n`);
}
