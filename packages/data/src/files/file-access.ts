/** What a folder has that is neither read nor walked into, and why. */
export interface PassedOver {
  readonly path: string;
  readonly why:
    | 'hidden or left behind by a system'
    | 'a link to what is not there'
    | 'a link to what this user may not read'
    | 'a link that leads to itself'
    | 'a link to a folder that it is in itself'
    | 'neither file nor folder'
    | 'no image, by its ending'
    | 'beside the folders of the classes'
    | 'a link to a folder that is read anyway'
    | 'no part that is told apart by its name'
    | 'without a folder of any class';
  /** Where a link leads. */
  readonly target?: string;
}

/** A directory's entries. Symbolic links are followed, as torchvision does: they are listed as what they lead to. */
export interface Listing {
  /** Names, in code point order. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** Where those of the names that are symbolic links lead. */
  readonly links: ReadonlyMap<string, string>;
  readonly passedOver: readonly PassedOver[];
}

/** What datasets need of a file system: each platform has one (`#files` in package.json). */
export interface FileAccess {
  /** The whole file. @throws DatasetError if it is missing, unreadable or has more than `maxBytes`. */
  readFile(path: string, maxBytes?: number): Promise<Uint8Array>;
  /** `readFile` for threads that have nothing else to do: for small files a fifth of its cost. */
  readFileNow(path: string, maxBytes?: number): Uint8Array;
  /** The first bytes of a file, all of it where it has fewer. @throws DatasetError if it is missing or unreadable. */
  readStart(path: string, bytes: number): Promise<Uint8Array>;
  /** The size of a file: at once, for asking so much of a thread is dearer than the answer. @throws DatasetError if there is no such file. */
  fileBytes(path: string): number;
  /** @throws DatasetError if there is no such folder. */
  listFolder(path: string): Promise<Listing>;
  /** The path without links. */
  realPath(path: string): Promise<string>;
  /** Whether `path` is `folder` or below it; both without links. */
  isWithin(path: string, folder: string): boolean;
  join(...parts: string[]): string;
  /** The folder a file is in. */
  parentOf(path: string): string;
  /** A path as a table has it, which another system may have written: relative to `root`, or as it is. */
  fromTable(root: string, path: string): string;
}
