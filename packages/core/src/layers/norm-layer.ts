import type { Module } from '../module.ts';

/**
 * Makes the norm that follows a convolution.
 *
 * @param options `scale`: its first value, 1 if absent
 */
export type NormLayer = (channels: number, options?: { readonly scale?: number }) => Module;

/** @deprecated Is called {@link NormLayer} now. */
export type Normalize = NormLayer;
