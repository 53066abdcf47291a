/** The backend cannot start here; the message says what was tried and what to do about it. */
export class BackendError extends Error {
  override readonly name: string = 'BackendError';
}
