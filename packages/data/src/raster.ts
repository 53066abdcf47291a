/** A rectangle of RGB pixels within a larger image's memory. */
export interface Raster {
  readonly data: Uint8Array | Uint8ClampedArray;
  /** Byte of the first pixel. */
  readonly offset: number;
  /** From one row's start to the next. */
  readonly rowBytes: number;
}
