export type { EncodedOnnx, EncodeOptions, FileParts } from './export/encode.ts';
export { type Colours, type OnnxOptions, OPSETS, type QuantizedNetwork, toOnnx } from './export/to-onnx.ts';
export { TRANSFORMERS_NAMES, type TransformersFacts, transformersFiles } from './export/transformers-folder.ts';
export { type FromOnnxOptions, fromOnnx, type OnnxFile, type OnnxWeights, readOnnx } from './import/from-onnx.ts';
export type { ReadExternal } from './import/tensor-values.ts';
export { OnnxError } from './onnx-error.ts';
