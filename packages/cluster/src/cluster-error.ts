/** The work cannot be done as asked: the message names the thing, what was expected and what came, and what to do. */
export class ClusterError extends Error {
  override readonly name: string = 'ClusterError';
}
