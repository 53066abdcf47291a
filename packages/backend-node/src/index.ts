export { BackendError, type MissingPiece } from './backend-error.ts';
export type { PackageName } from './package-name.ts';
export { type NodeBackendInfo, type NodeOptions, useNode } from './use-node.ts';
