import type { Considered } from './probe.ts';

/** No backend does what was required; the message has the reason against each. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  readonly considered: readonly Considered[];

  constructor(message: string, considered: readonly Considered[]) {
    super(message);
    this.considered = considered;
  }
}
