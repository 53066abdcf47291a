/** The work was done but for a part of it, which the message names: exit code 3. Thrown when the results are written. */
export class IncompleteError extends Error {
  override readonly name = 'IncompleteError';
}
