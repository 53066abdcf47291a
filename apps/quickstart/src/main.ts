import { exitCodeOf, processTerminal, UsageError } from 'resnetjs';
import { tour } from './tour.ts';

process.exitCode = await exitCodeOf(async () => {
  const [unknown] = process.argv.slice(2);
  if (unknown !== undefined)
    throw new UsageError(`The tour has no options, but received '${unknown}'. npx resnet --help lists what else there is.`);
  return tour(processTerminal());
});
