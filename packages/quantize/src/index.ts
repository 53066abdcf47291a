export type { AutoOptions } from './auto.ts';
export type { Calibration } from './calibrate/thresholds.ts';
export { planOf } from './file/decode.ts';
export { quantizedCheckpoint } from './file/encode.ts';
export type { Images } from './images.ts';
export type { LayerChoice } from './layer-choice.ts';
export type {
  Add,
  Affine,
  AveragePool,
  Concat,
  Constant,
  Conv,
  Dequantize,
  Float,
  MaxPool,
  Quantize,
  QuantizedPlan,
  Residual,
  ScaleChannels,
  Step,
  Value,
  ValueId,
} from './plan.ts';
export { type QuantizedPredictor, quantizedPredictor } from './predictor.ts';
export { type Quantized, type QuantizeOptions, type QuantizeProgress, quantize } from './quantize.ts';
export { QuantizeError } from './quantize-error.ts';
export type { LayerReport } from './report.ts';
