import { ClusterError } from '../cluster-error.ts';

/** A file in a storage, as a listing gives it. */
export interface StoredFile {
  /** Below the storage, with `/` between folders. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Changes when the contents do. */
  readonly etag: string;
}

/** Where files are: a folder, or what is behind a prefix of a bucket. */
export interface Storage {
  /** As it was given, without secrets. */
  readonly address: string;
  /** All files, those of a folder in the order of their names; hidden ones are left out. */
  list(): AsyncIterable<StoredFile>;
  /**
   * @param listed what is expected to be there
   * @throws StorageError, `changed` if the file is no longer what was listed.
   */
  read(name: string, listed?: Pick<StoredFile, 'sizeBytes' | 'etag'>): Promise<Uint8Array>;
  /** Whole or not at all: nobody ever sees a part of it. */
  write(name: string, contents: Uint8Array | string): Promise<void>;
  exists(name: string): Promise<boolean>;
}

/**
 * - `away`: the storage is not there, or full, for now: to try again may help
 * - `changed`: a file is not the one that was listed
 * - `refused`: who asks may not, or what was asked for cannot be
 */
export type StorageFault = 'away' | 'changed' | 'refused';

/** A storage that could not do what it was asked. */
export class StorageError extends ClusterError {
  override readonly name = 'StorageError';
  readonly fault: StorageFault;

  constructor(message: string, { fault, cause }: { readonly fault: StorageFault; readonly cause?: unknown }) {
    super(message, { cause });
    this.fault = fault;
  }
}
