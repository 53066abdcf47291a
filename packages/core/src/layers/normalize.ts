import type { Module } from '../module.ts';

/**
 * Makes the norm that follows a convolution.
 *
 * @param options `scale`: its first value, 1 if absent
 */
export type Normalize = (channels: number, options?: { readonly scale?: number }) => Module;
