/** The loss became infinite or NaN: the step was not taken, and the model's parameters are those of the step before. */
export class NonFiniteLossError extends Error {
  override readonly name = 'NonFiniteLossError';
}
