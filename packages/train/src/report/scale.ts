/** How numbers lie along an axis. */
export interface Scale {
  /** Where a number lies: 0 at the axis' beginning, 1 at its end. */
  at(value: number): number;
  /** Round numbers to write beside the axis. */
  readonly ticks: readonly number[];
}

/** An axis that holds all of `values` and ends at round numbers. */
export function linearScale(values: readonly number[], aim = 5): Scale {
  const [low, high] = rangeOf(values, [0, 1]);
  const step = roundStep((high - low || Math.abs(high) || 1) / aim);
  const [from, to] = [Math.floor(low / step) * step, Math.max(Math.ceil(high / step), Math.floor(low / step) + 1) * step];
  const count = Math.round((to - from) / step);
  return {
    at: (value) => (value - from) / (to - from),
    ticks: Array.from({ length: count + 1 }, (_, i) => Number((from + i * step).toPrecision(12))),
  };
}

/** An axis of powers of ten. Numbers that are not above 0 have no place on it. */
export function logScale(values: readonly number[]): Scale {
  const [low, high] = rangeOf(values.filter((value) => value > 0).map(Math.log10), [0, 1]);
  const [from, to] = [Math.floor(low), Math.max(Math.ceil(high), Math.floor(low) + 1)];
  const every = Math.ceil((to - from) / 8);
  const ticks = Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, i) => 10 ** (from + i * every));
  return { at: (value) => (Math.log10(value) - from) / (to - from), ticks };
}

function rangeOf(values: readonly number[], otherwise: readonly [number, number]): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values)
    if (Number.isFinite(value)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  return low <= high ? [low, high] : otherwise;
}

/** The next of 1, 2, 5, 10, … times a power of ten. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5, 10].find((digit) => digit * power >= rough * 0.999) ?? 10) * power;
}
