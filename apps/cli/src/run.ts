import { CommanderError } from 'commander';
import { EXIT } from './exit-code.ts';
import { paintFor } from './print/paint.ts';
import { program } from './program.ts';
import { describeError } from './report-error.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/**
 * Runs one command line, as `resnet` does. Never throws: errors are written to the terminal.
 *
 * @param args what follows `resnet`.
 * @returns the exit code: 0 done, 1 the work failed, 2 wrong usage.
 */
export async function run(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const debug = args.includes('--debug') || Boolean(terminal.env.RESNET_DEBUG);
  try {
    await program(terminal).parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    // commander has written its message itself
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage;
    terminal.stderr.write(describeError(error, { paint: paintFor(terminal.stderr, terminal), debug }));
    return error instanceof UsageError ? EXIT.wrongUsage : EXIT.failed;
  }
}
