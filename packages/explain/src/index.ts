export { type ExplainOptions, type Explanation, explain, METHODS, type Method } from './attribution/explain.ts';
export { type Grid, ontoInput, ontoPhoto, resample } from './attribution/grid.ts';
export type { Completeness } from './attribution/pixel-gradients.ts';
export type { Target } from './attribution/target.ts';
export { ExplainError } from './explain-error.ts';
export type { Explainable, Explained, PhotoView, PreparedImages, Region } from './explainable.ts';
