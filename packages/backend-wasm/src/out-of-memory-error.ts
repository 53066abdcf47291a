import { BackendError } from './backend-error.ts';

/** WebAssembly's memory (at most 3.5 GiB) has no room for an allocation; the message says how much was asked for and what holds how much. */
export class OutOfMemoryError extends BackendError {
  override readonly name = 'OutOfMemoryError';
}
