/** The command was understood but its work failed: exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
