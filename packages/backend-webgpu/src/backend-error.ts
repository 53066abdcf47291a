/**
 * What keeps a GPU backend from starting: an npm package, WebGPU or WebGL in this engine, an adapter (a GPU with a driver
 * that is new enough), or the device that was asked of it.
 */
export type MissingPiece = 'package' | 'webgpu' | 'webgl' | 'adapter' | 'device';

/** A GPU backend cannot start here; the message says what is missing and what to do about it. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  readonly missing: MissingPiece;

  constructor(missing: MissingPiece, message: string, options?: ErrorOptions) {
    super(message, options);
    this.missing = missing;
  }
}
