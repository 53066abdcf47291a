export { NetworkError } from './network-error.ts';
export { likelyPreset, PRESET_NAMES, PRESETS, type PresetName, presetOf, specOf, toManifest } from './preprocessing.ts';
export { type Architecture, describeArchitecture, type Recognized, type RecognizeOptions, recognize } from './recognize/recognize.ts';
export { recognizeCheckpoint } from './recognize/recognize-checkpoint.ts';
