import type { Region } from '../explainable.ts';
import { CLASS_ACTIVATION_METHODS, type ClassActivationMethod } from './class-activation.ts';
import type { Grid } from './grid.ts';
import { PERTURBATION_METHODS, type PerturbationMethod, type PerturbationOptions } from './perturbation.ts';
import { type Completeness, PIXEL_METHODS, type PixelMethod, type PixelOptions } from './pixel-gradients.ts';
import type { Target } from './target.ts';

/** Ways to ask where a network looks. */
export type Method = ClassActivationMethod | PixelMethod | PerturbationMethod;

/** All of them, the usual one first. */
export const METHODS: readonly Method[] = [...CLASS_ACTIVATION_METHODS, ...PIXEL_METHODS, ...PERTURBATION_METHODS];

export interface ExplainOptions extends PixelOptions, PerturbationOptions {
  /** Default `'grad-cam'`. */
  readonly method?: Method;
  /** The class that is asked about, or several. Default: what each image is taken for. */
  readonly target?: Target | readonly Target[] | undefined;
  /** Of methods that look at one: the dotted name of a module, `layer3.1`. Default: the last that has space. */
  readonly layer?: string | undefined;
  /** Told between batches, from 0 to 1, how much is done, by methods that take many passes. */
  readonly onProgress?: ((share: number) => void) | undefined;
  /** Ends it, between batches of methods that take many passes. */
  readonly signal?: AbortSignal | undefined;
}

/** Where a network looks in one image for one class. */
export interface Explanation {
  readonly method: Method;
  /** `[height,width]` row-major, on the pixels of the photo; 0 where the network was shown nothing. In units of the method's own. */
  readonly map: Float32Array;
  readonly width: number;
  readonly height: number;
  /** The part of the photo that the network was shown. */
  readonly view: Region;
  /** The map as it was made: on the layer's grid, or on the prepared image's, over the view. */
  readonly coarse: Grid;
  /** The class's place in the output. */
  readonly target: number;
  /** Its name, or its place where it has none. */
  readonly label: string;
  /** Its logit. */
  readonly score: number;
  /** Its probability, 0 to 1. */
  readonly probability: number;
  /** The layer whose output was looked at. */
  readonly layer?: string;
  /** Of `integrated-gradients`. */
  readonly completeness?: Completeness;
}
