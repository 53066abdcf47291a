export { CheckpointError } from './checkpoint-error.ts';
export type { CheckpointFormat } from './detect-format.ts';
export { type CachedRepository, cachedRepositories, clearCache } from './hub/cached-repositories.ts';
export { defaultCacheDir } from './hub/disk-cache.ts';
export { type FromPretrainedOptions, fromPretrained, type PretrainedCheckpoint } from './hub/from-pretrained.ts';
export type { CachedFile, HubCache, HubFileInfo, HubKey, PartialFile } from './hub/hub-cache.ts';
export { type HubFile, type HubFileOptions, hubFile } from './hub/hub-file.ts';
export { manifestFromTimm, type TimmConfigOptions } from './hub/timm-config.ts';
export { type Checkpoint, type LoadCheckpointOptions, loadCheckpoint } from './load-checkpoint.ts';
export { type Accuracy, createManifest, MANIFEST_VERSION, type Manifest, type Preprocessing, parseManifest } from './manifest/manifest.ts';
export { isCounter } from './names/counters.ts';
export type { KeyMap, KeyRule } from './names/key-map.ts';
export { renameKeys } from './names/key-map.ts';
export { detectKeyMap, KNOWN_KEY_MAPS, type KnownKeyMapName } from './names/known-key-maps.ts';
export type { Extras } from './pytorch/find-state-dict.ts';
export type { HostileGlobals } from './pytorch/pickle-globals.ts';
export type { ExtraObject, ExtraValue } from './pytorch/plain-value.ts';
export { MAX_HEADER_BYTES, MAX_RANK, MAX_TENSORS } from './safetensors/header.ts';
export { type IntegerTensors, type ReadSafetensorsOptions, readSafetensors, type Safetensors } from './safetensors/read-safetensors.ts';
export {
  type FloatDType,
  safetensorsParts,
  type TensorsToWrite,
  type TensorToWrite,
  type WriteSafetensorsOptions,
  writeSafetensors,
} from './safetensors/write-safetensors.ts';
export { type CheckpointToSave, type EncodedCheckpoint, encodeCheckpoint, saveCheckpoint } from './save-checkpoint.ts';
export type { ByteSource } from './sources/byte-source.ts';
export { blobSource, bytesSource } from './sources/bytes-source.ts';
export { fileSource } from './sources/file-source.ts';
export { type HttpSourceOptions, httpSource } from './sources/http-source.ts';
export type { CheckpointSource } from './sources/open-source.ts';
