const BINS = 4096;

/** How often which magnitudes came. */
export interface Histogram {
  /** Of values that are not 0, by magnitude, each bin `width` wide. */
  readonly counts: Float64Array;
  readonly width: number;
  /** The greatest magnitude. */
  readonly largest: number;
  /** How many values came, zeros among them. */
  readonly values: number;
  /** How many were 0, as most are behind a ReLU: they are exact at any scale. */
  readonly zeros: number;
  /** How many were NaN or infinite; they are counted nowhere else. */
  readonly nonFinite: number;
  add(data: ArrayLike<number>): void;
}

/** Counts magnitudes as they come, without having seen all: where one is too large, bins are merged two by two until it fits. */
export function histogram(): Histogram {
  const counts = new Float64Array(BINS);
  let width = 0;
  let largest = 0;
  let values = 0;
  let zeros = 0;
  let nonFinite = 0;

  const widen = (): void => {
    for (let i = 0; i < BINS / 2; i++) counts[i] = (counts[2 * i] as number) + (counts[2 * i + 1] as number);
    counts.fill(0, BINS / 2);
    width *= 2;
  };
  /** A power of two, so that merged bins are those of a wider histogram. */
  const fit = (magnitude: number): void => {
    if (width === 0) width = Math.max(2 ** Math.ceil(Math.log2(magnitude)), Number.MIN_VALUE * BINS) / BINS;
    while (magnitude >= width * BINS) widen();
  };
  return {
    counts,
    get width() {
      return width;
    },
    get largest() {
      return largest;
    },
    get values() {
      return values;
    },
    get zeros() {
      return zeros;
    },
    get nonFinite() {
      return nonFinite;
    },
    add(data) {
      let most = 0;
      for (let i = 0; i < data.length; i++) {
        const magnitude = Math.abs(data[i] as number);
        if (magnitude > most && magnitude !== Number.POSITIVE_INFINITY) most = magnitude;
      }
      values += data.length;
      largest = Math.max(largest, most);
      if (most > 0) fit(most);
      for (let i = 0; i < data.length; i++) {
        const magnitude = Math.abs(data[i] as number);
        if (magnitude === 0) zeros++;
        else if (magnitude <= most) {
          const bin = Math.floor(magnitude / width);
          counts[bin] = (counts[bin] as number) + 1;
        } else nonFinite++;
      }
    },
  };
}
