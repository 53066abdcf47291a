import type { EpochEvent, StepEvent } from '../fit/events.ts';
import type { Callback } from '../fit/fit-options.ts';
import { logFile } from './log-file.ts';

type Columns<E> = Readonly<Record<string, (event: E) => number | undefined>>;

const epochColumns: Columns<EpochEvent> = {
  step: ({ summary }) => summary.step,
  epoch: ({ summary }) => summary.epoch + 1,
  learning_rate: ({ summary }) => summary.learningRate,
  train_loss: ({ summary }) => summary.train.loss,
  train_accuracy: ({ summary }) => summary.train.accuracy,
  validation_loss: ({ summary }) => summary.validation?.loss,
  validation_accuracy: ({ summary }) => summary.validation?.accuracy,
  seconds: ({ seconds }) => seconds,
};

const stepColumns: Columns<StepEvent> = {
  step: ({ step }) => step,
  epoch: ({ epoch }) => epoch + 1,
  learning_rate: ({ learningRate }) => learningRate,
  loss: ({ loss }) => loss,
  accuracy: ({ accuracy }) => accuracy,
  gradient_norm: ({ gradientNorm }) => gradientNorm,
  seconds: ({ seconds }) => seconds,
  wait_seconds: ({ waitSeconds }) => waitSeconds,
};

/** Writes a line of numbers for each epoch, or each step, to a CSV file; a run that is resumed goes on in it. */
export function csvLog(path: string, { rows = 'epoch' }: { readonly rows?: 'epoch' | 'step' } = {}): Callback {
  const columns = rows === 'epoch' ? epochColumns : stepColumns;
  const file = logFile(path, Object.keys(columns).join(','));
  return async (event) => {
    // A checkpoint of an epoch's last step is from before the epoch's end, which comes again.
    if (event.type === 'start') await file.open((line) => Number(line.split(',')[rows === 'step' ? 0 : 1]) <= event[rows]);
    if (event.type === rows)
      await file.write(
        Object.values(columns)
          .map((of) => of(event as never) ?? '')
          .join(','),
      );
  };
}
