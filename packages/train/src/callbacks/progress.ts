import type { FitEvent, StepEvent } from '../fit/events.ts';

/** How far a training is, for whoever draws it. */
export interface Progress {
  readonly step: number;
  readonly steps: number;
  /** From 1, to be read. */
  readonly epoch: number;
  readonly epochs: number;
  /** Of the last steps, smoothed. */
  readonly loss: number;
  readonly accuracy: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** Until the last step, by the pace of the last steps; validation comes on top. */
  readonly secondsLeft: number;
}

/** How much of a smoothed value stays at each step: about twenty steps are looked back at. */
const KEEP = 0.95;

/** Follows a training's events: `const follow = progress(); … const now = follow(event)`. Undefined before the first step. */
export function progress(): (event: FitEvent) => Progress | undefined {
  let last: StepEvent | undefined;
  let weight = 0;
  const smooth = { loss: 0, accuracy: 0, seconds: 0, images: 0 };
  return (event) => {
    if (event.type === 'step') {
      last = event;
      weight = KEEP * weight + (1 - KEEP);
      for (const key of ['loss', 'accuracy', 'seconds', 'images'] as const) smooth[key] = KEEP * smooth[key] + (1 - KEEP) * event[key];
    }
    if (!last) return undefined;
    const { step, steps, epoch, epochs, learningRate } = last;
    return {
      step,
      steps,
      epoch: epoch + 1,
      epochs,
      loss: smooth.loss / weight,
      accuracy: smooth.accuracy / weight,
      learningRate,
      imagesPerSecond: smooth.images / smooth.seconds,
      secondsLeft: ((steps - step) * smooth.seconds) / weight,
    };
  };
}

/** A line of text: `epoch 2/10 ━━━━╌╌╌╌ 120/391 loss 1.234 acc 56.1 % 512 images/s 3:20 left`. @param width of its bar */
export function progressLine({ step, steps, epoch, epochs, loss, accuracy, imagesPerSecond, secondsLeft }: Progress, width = 24): string {
  const done = Math.round((width * step) / steps);
  const bar = '━'.repeat(done) + '╌'.repeat(width - done);
  const pace = imagesPerSecond >= 100 ? imagesPerSecond.toFixed(0) : imagesPerSecond.toPrecision(3);
  return `epoch ${epoch}/${epochs} ${bar} ${step}/${steps} loss ${loss.toFixed(3)} acc ${(100 * accuracy).toFixed(1)} % ${pace} images/s ${duration(secondsLeft)} left`;
}

/** `0:07`, `3:20`, `1:02:03`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
