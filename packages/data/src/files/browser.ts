import { DatasetError } from '../datasets/dataset-error.ts';
import type { FileAccess } from './file-access.ts';

const refuse = (path: string): never => {
  throw new DatasetError(`${path}: a browser cannot open paths. Use fromFiles with the files of an <input type="file" webkitdirectory>.`);
};

export const readFile: FileAccess['readFile'] = async (path) => refuse(path);
export const readFileNow: FileAccess['readFileNow'] = refuse;
export const readStart: FileAccess['readStart'] = async (path) => refuse(path);
export const fileBytes: FileAccess['fileBytes'] = refuse;
export const listFolder: FileAccess['listFolder'] = async (path) => refuse(path);
export const realPath: FileAccess['realPath'] = async (path) => refuse(path);
export const isWithin: FileAccess['isWithin'] = (path) => refuse(path);
export const join: FileAccess['join'] = (...parts) => parts.join('/');
export const parentOf: FileAccess['parentOf'] = (path) => path.split('/').slice(0, -1).join('/');
export const fromTable: FileAccess['fromTable'] = (root, path) => join(root, path);
