/** The command was called in a way it does not know: nothing was tried, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
