export { type ByteMeter, meterBytes } from './byte-meter.ts';
export { norm, relativeError } from './closeness.ts';
export { formulaInput, formulaTensor, formulaWeights } from './formula.ts';
export { type Golden, golden } from './golden.ts';
export { failure, leakedTensors } from './tensor-count.ts';
