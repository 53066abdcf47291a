/** A tensor or image has another shape than the part that received it needs. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** A tensor holds what networks do not compute with: text, or complex numbers. */
export class DtypeError extends Error {
  override readonly name = 'DtypeError';
}

/** A network cannot be built as configured. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** A part that draws at random was run for training without a seed to draw from. */
export class SeedError extends Error {
  override readonly name = 'SeedError';
}

/** A state dict does not fit the model; the message lists every parameter that is missing, unexpected or misshapen. */
export class StateDictError extends Error {
  override readonly name = 'StateDictError';
}

/** Shapes in messages: `[2,3,224,224]`. */
export const formatShape = (shape: readonly (number | string)[]): string => `[${shape.join(',')}]`;
