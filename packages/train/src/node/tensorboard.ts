import { appendFile, mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { FitEvent } from '../fit/events.ts';
import type { Callback } from '../fit/fit-options.ts';
import { record } from './tensorboard-record.ts';

export interface TensorBoardOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * Writes event files that TensorBoard shows: `tensorboard --logdir FOLDER`. A run that is resumed begins another file in
 * the folder and tells TensorBoard to forget what came after its checkpoint.
 */
export function tensorBoard(folder: string, { now = Date.now }: TensorBoardOptions = {}): Callback {
  let path = '';
  const write = (what: Parameters<typeof record>[0]['what'], step = 0) => appendFile(path, record({ wallTime: now() / 1000, step, what }));
  return async (event) => {
    if (event.type === 'start') {
      await mkdir(folder, { recursive: true });
      path = join(folder, `events.out.tfevents.${Math.floor(now() / 1000)}.${hostname()}.${process.pid}.${event.step}`);
      await write({ fileVersion: 'brain.Event:2' });
      if (event.step > 0) await write({ sessionStart: true }, event.step + 1);
      return;
    }
    const scalars = scalarsOf(event);
    if (scalars) await write({ scalars }, event.type === 'step' ? event.step : event.type === 'epoch' ? event.summary.step : 0);
  };
}

function scalarsOf(event: FitEvent): Record<string, number> | undefined {
  if (event.type === 'step')
    return {
      'step/loss': event.loss,
      'step/learning_rate': event.learningRate,
      ...(event.gradientNorm !== undefined && { 'step/gradient_norm': event.gradientNorm }),
      'step/images_per_second': event.images / event.seconds,
    };
  if (event.type !== 'epoch') return undefined;
  const { train, validation } = event.summary;
  return {
    'loss/train': train.loss,
    'accuracy/train': train.accuracy,
    ...(validation && { 'loss/validation': validation.loss, 'accuracy/validation': validation.accuracy }),
  };
}
