import type { FitEvent, StartEvent } from '../fit/events.ts';
import type { Callback } from '../fit/fit-options.ts';
import { logFile } from './log-file.ts';

/** Writes each step and epoch as a line of JSON, without the epochs' full evaluations; a run that is resumed goes on in the file. */
export function jsonLines(path: string): Callback {
  const file = logFile(path);
  return async (event) => {
    if (event.type === 'start') await file.open((line) => isBefore(event, JSON.parse(line) as FitEvent));
    if (event.type === 'step') await file.write(JSON.stringify(event));
    if (event.type === 'epoch') {
      const { evaluation: _, ...rest } = event;
      await file.write(JSON.stringify(rest));
    }
  };
}

function isBefore({ step, epoch }: StartEvent, event: FitEvent): boolean {
  if (event.type === 'step') return event.step <= step;
  return event.type === 'epoch' && event.summary.epoch < epoch;
}
