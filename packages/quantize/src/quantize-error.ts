/** A network cannot be quantized as asked, or a file's plan is not what it should be. */
export class QuantizeError extends Error {
  override readonly name = 'QuantizeError';
}
