import { exitCodeOf } from './exit-code-of.ts';
import { program } from './program.ts';
import { processTerminal, type Terminal } from './terminal.ts';

/**
 * Runs one command line, as `resnet` does. Never throws: errors are written to the terminal.
 *
 * @param args what follows `resnet`.
 * @returns the exit code: 0 done, 1 the work failed, 2 wrong usage, 3 done but for images that could not be read.
 */
export const run = (args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> =>
  exitCodeOf(async () => (await program(terminal, args)).parseAsync(args, { from: 'user' }), terminal, args);
