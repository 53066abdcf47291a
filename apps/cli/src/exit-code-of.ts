import { CommanderError } from 'commander';
import { EXIT } from './exit-code.ts';
import { IncompleteError } from './incomplete-error.ts';
import { paintFor } from './print/paint.ts';
import { describeError } from './report-error.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/**
 * Does a program's work and never throws: what fails is written to the terminal for whoever typed the command, without a stack trace
 * unless `--debug` or `RESNET_DEBUG=1` asks for it. Every program of this repository starts by it.
 *
 * @param work may resolve to an exit code of its own; a commander command in it has to have `exitOverride()`
 * @param args what the user typed
 * @returns the exit code: 0 done, 1 the work failed, 2 wrong usage, 3 done but for images that could not be read.
 */
export async function exitCodeOf(
  work: () => Promise<unknown>,
  terminal: Terminal = processTerminal(),
  args: readonly string[] = process.argv.slice(2),
): Promise<number> {
  const debug = args.includes('--debug') || Boolean(terminal.env.RESNET_DEBUG);
  try {
    const result = await work();
    return typeof result === 'number' ? result : EXIT.done;
  } catch (error) {
    // commander has written its message itself
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage;
    terminal.stderr.write(describeError(error, { paint: paintFor(terminal.stderr, terminal), debug }));
    if (error instanceof IncompleteError) return EXIT.incomplete;
    return error instanceof UsageError ? EXIT.wrongUsage : EXIT.failed;
  }
}
