/** The backend cannot start here; the message says what was tried and what to do about it. */
export class BackendError extends Error {
  override readonly name: string = 'BackendError';
}

/** WebAssembly's memory (at most 3.5 GiB) has no room for an allocation; the message says how much was asked for and what holds how much. */
export class OutOfMemoryError extends BackendError {
  override readonly name = 'OutOfMemoryError';
}
