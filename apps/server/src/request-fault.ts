export interface RequestFaultOptions extends ErrorOptions {
  readonly retryAfterSeconds?: number;
  /** What is counted as rejected, and why. */
  readonly reason?: string;
}

/** A request that is answered by an error, in words that are meant for the client. */
export class RequestFault extends Error {
  override readonly name = 'RequestFault';
  /** Of HTTP. */
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  readonly reason: string | undefined;

  constructor(status: number, message: string, { retryAfterSeconds, reason, ...options }: RequestFaultOptions = {}) {
    super(message, options);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    this.reason = reason;
  }
}
