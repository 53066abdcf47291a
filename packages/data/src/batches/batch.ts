/** Prepared images with their labels, channels last, in memory of its own: safe to transfer or to hand to a device. */
export interface Batch {
  /** `[N,H,W,3]` flat: float32 where a normalization was asked for, bytes otherwise. */
  readonly images: Float32Array | Uint8Array;
  readonly shape: [number, number, number, 3];
  /** `[N]` */
  readonly labels: Int32Array;
  /** `[N]`: which samples of the dataset these are. */
  readonly indices: Int32Array;
  readonly epoch: number;
}

/** A sample that could not be read, and why. */
export interface BrokenSample {
  readonly index: number;
  readonly path: string;
  readonly error: Error;
}
