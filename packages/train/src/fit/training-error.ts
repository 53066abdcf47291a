/** A training cannot start or go on as asked; the message lists everything that is wrong. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
}
