/** What was asked for cannot be explained: says what was asked, what there is, and what to do. */
export class ExplainError extends Error {
  override readonly name = 'ExplainError';
}
