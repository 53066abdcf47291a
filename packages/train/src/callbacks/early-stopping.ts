import type { Callback } from '../fit/fit-options.ts';
import { bestEpoch, lowestLoss, type Metric } from '../fit/history.ts';

export interface EarlyStoppingOptions {
  readonly metric?: Metric;
  /** Epochs without a better value that are borne. */
  readonly patience?: number;
}

/**
 * Ends a training that no longer gets better. It looks at nothing but the history, so a run that is resumed stops where
 * it would have stopped; give `fit` the metric as `best` too, and the model ends with its best weights.
 */
export const earlyStopping =
  ({ metric = lowestLoss, patience = 5 }: EarlyStoppingOptions = {}): Callback =>
  (event, run) => {
    if (event.type !== 'epoch') return;
    const waited = run.history.length - 1 - bestEpoch(run.history, metric);
    if (waited >= patience) run.stop(`no better ${metric.name} for ${waited} epochs`);
  };
