export { greyInput, greyOf } from './images/grey-input.ts';
export type { Drawable, ImageInput } from './images/image-input.ts';
export { readImage } from './images/image-input.ts';
export { type Labels, labelsFor, withIdentifiers } from './labels/labels-for.ts';
export { type LoadNetworkOptions, loadNetwork } from './load/load-network.ts';
export { type LoadProgress, type NetworkSource, type ReadSourceOptions, readSource, type SourceCheckpoint } from './load/read-source.ts';
export { type SourceKind, sourceKind } from './load/source-kind.ts';
export {
  type ClassifyOptions,
  type FeatureMap,
  type Network,
  type NetworkFacts,
  type NetworkOptions,
  networkOf,
  type PreparedImages,
} from './network.ts';
export { NetworkError } from './network-error.ts';
export { embeddingsOf, predictionsOf } from './outcomes/answers.ts';
export { type ImageOutcomesOptions, imageOutcomes } from './outcomes/image-outcomes.ts';
export { type Answer, type Outcome, outcomeLine, plainOutcome } from './outcomes/outcome.ts';
export { likelyPreset, PRESET_NAMES, PRESETS, type PresetName, presetOf, specOf, toManifest } from './preprocessing.ts';
export { type Architecture, describeArchitecture, type Recognized, type RecognizeOptions, recognize } from './recognize/recognize.ts';
export { recognizeCheckpoint } from './recognize/recognize-checkpoint.ts';
export { type RecognizedOnnx, recognizeOnnx } from './recognize/recognize-onnx.ts';
