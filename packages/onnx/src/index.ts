export type { EncodedOnnx, EncodeOptions, FileParts } from './export/encode.ts';
export { type Colours, type OnnxOptions, OPSETS, toOnnx } from './export/to-onnx.ts';
export { OnnxError } from './onnx-error.ts';
