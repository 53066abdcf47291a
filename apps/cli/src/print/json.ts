import type { Terminal } from '../terminal.ts';

/** Writes a result for programs: indented JSON and a newline. */
export const writeJson = ({ stdout }: Terminal, value: unknown): boolean => stdout.write(`${JSON.stringify(value, null, 2)}\n`);
