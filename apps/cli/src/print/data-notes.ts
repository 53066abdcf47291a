import type { DatasetWarning } from '@resnetjs/data';
import type { Terminal } from '../terminal.ts';
import { writeNotes } from './notes.ts';
import { paintFor } from './paint.ts';

/** What was found of data before a training. */
export interface DataNotes {
  readonly notes: readonly string[];
  readonly warnings: readonly DatasetWarning[];
}

/** Says on the error output what was passed over or assumed, and what is likely wrong. */
export function writeDataNotes(terminal: Terminal, { notes, warnings }: DataNotes): void {
  writeNotes(terminal, notes);
  const paint = paintFor(terminal.stderr, terminal);
  for (const { message } of warnings) terminal.stderr.write(`${paint.yellow('warning:')} ${message}\n`);
}
