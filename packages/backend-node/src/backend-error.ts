/**
 * What keeps the native backend from starting: the package itself, the compiled addon in it, libtensorflow, CUDA and
 * cuDNN, a platform that it has no binary for, or something else (see the error's `cause`).
 */
export type MissingPiece = 'package' | 'addon' | 'libtensorflow' | 'cuda' | 'platform' | 'unknown';

/** The native backend cannot start here; the message says what is missing and the command that mends it. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  readonly missing: MissingPiece;

  constructor(missing: MissingPiece, message: string, options?: ErrorOptions) {
    super(message, options);
    this.missing = missing;
  }
}
