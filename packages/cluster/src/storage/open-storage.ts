import { stat } from 'node:fs/promises';
import { ClusterError } from '../cluster-error.ts';
import { createFolder, folderStorage } from './folder-storage.ts';
import type { Storage } from './storage.ts';

const SCHEME = /^([a-z][a-z\d+.-]+):\/\//i;

/**
 * Opens a folder, or `s3://bucket/prefix`.
 *
 * @throws ClusterError for what is neither.
 */
export async function openStorage(address: string): Promise<Storage> {
  const scheme = SCHEME.exec(address)?.[1]?.toLowerCase();
  // On demand: who works in folders need not have the client.
  if (scheme === 's3') return (await import('./s3-storage.ts')).s3Storage(address);
  if (scheme !== undefined || address === '')
    throw new ClusterError(`${scheme ?? 'the address'}${scheme ? '://…' : ''}: expected a folder, or s3://bucket/prefix.`);
  return folderStorage(address);
}

/** Opens what images are in. @throws ClusterError if it is a folder that is not there. */
export async function openSource(address: string): Promise<Storage> {
  if (SCHEME.test(address)) return openStorage(address);
  const info = await stat(address).catch(() => undefined);
  if (!info?.isDirectory())
    throw new ClusterError(`${address}: ${info ? 'it is a file, but a folder is needed' : 'there is no such folder'}.`);
  return openStorage(address);
}

/** Opens where results go: a folder is made. */
export async function openDestination(address: string): Promise<Storage> {
  const storage = await openStorage(address);
  if (!SCHEME.test(address)) await createFolder(address);
  return storage;
}
