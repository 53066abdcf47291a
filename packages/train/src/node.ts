export { csvLog } from './node/csv-log.ts';
export { type CheckpointFiles, folderStore, loadSnapshot } from './node/folder-store.ts';
export { jsonLines } from './node/json-lines.ts';
export { type TensorBoardOptions, tensorBoard } from './node/tensorboard.ts';
