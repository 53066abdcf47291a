export interface NetworkErrorOptions extends ErrorOptions {
  /** What to do, in the words of this package's options. */
  readonly advice?: string;
  /** Names of the networks that it could be. */
  readonly candidates?: readonly string[];
}

/** A source is of no network that this knows, or a network cannot do what it is asked for. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  /** The message without its last sentence, which says what to do. */
  readonly fault: string;
  /** Names of the networks that it could be, where the error is that there are several. */
  readonly candidates: readonly string[];

  constructor(fault: string, { advice, candidates = [], ...options }: NetworkErrorOptions = {}) {
    super(advice ? `${fault} ${advice}` : fault, options);
    this.fault = fault;
    this.candidates = candidates;
  }
}
