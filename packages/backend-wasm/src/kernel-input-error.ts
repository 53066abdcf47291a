/** A kernel was given tensors or attributes that do not fit together; the message says which kernel, what was expected and what came. */
export class KernelInputError extends Error {
  override readonly name = 'KernelInputError';
}
