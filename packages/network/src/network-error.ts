/** A source is of no network that this knows, or a network cannot do what it is asked for. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  /** The message without its last sentence, which says what to do in the words of this package's options. */
  readonly fault: string;

  constructor(fault: string, options: ErrorOptions & { readonly advice?: string } = {}) {
    super(options.advice ? `${fault} ${options.advice}` : fault, options);
    this.fault = fault;
  }
}
