import { type Command, InvalidArgumentError } from 'commander';
import { exitCodeOf } from 'resnetjs';

/** Runs a benchmark by what was typed. What fails is said without a stack trace, and sets the exit code. */
export async function start(command: Command): Promise<void> {
  for (const each of [command, ...command.commands]) each.exitOverride();
  process.exitCode = await exitCodeOf(() => command.parseAsync());
}

/** An option's whole number. */
export const wholeFrom =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
    return value;
  };

/** An option's whole numbers, with commas between. */
export const listOf =
  (least: number) =>
  (text: string): number[] =>
    text.split(',').map(wholeFrom(least));
