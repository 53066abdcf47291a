import { DatasetError } from '../datasets/dataset-error.ts';
import type { DatasetDownloader } from './dataset-source.ts';

export const downloadFiles: DatasetDownloader = async (_, folder) => {
  throw new DatasetError(`${folder}: a browser cannot keep datasets in a folder. Fetch the files and use cifarRecords or idxImages.`);
};
