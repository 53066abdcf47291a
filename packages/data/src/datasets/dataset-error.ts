/** A dataset cannot be opened or read: the message names the folder or file, what was expected, what came, what to do. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
}
