import { BackendError } from './backend-error.ts';

/** WebAssembly's memory (at most 4 GiB) has no room for an allocation; the message says how much was asked and is in use. */
export class OutOfMemoryError extends BackendError {
  override readonly name = 'OutOfMemoryError';
}
