/** A directory's entries, hidden ones left out. */
export interface Listing {
  /** Names, in code point order. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** What datasets need of a file system: each platform has one (`#files` in package.json). */
export interface FileAccess {
  /** The whole file. @throws DatasetError if it is missing, unreadable or has more than `maxBytes`. */
  readFile(path: string, maxBytes?: number): Promise<Uint8Array>;
  /** `readFile` for threads that have nothing else to do: for small files a fifth of its cost. */
  readFileNow(path: string, maxBytes?: number): Uint8Array;
  /** @throws DatasetError if there is no such folder. */
  listFolder(path: string, root: string): Promise<Listing>;
  join(...parts: string[]): string;
  /** The folder a file is in. */
  parentOf(path: string): string;
}
