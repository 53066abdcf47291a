import type { Module, Pixels } from '@resnetjs/core';

/** A rectangle in pixels from the top left corner; its edges may lie between pixels, or beyond the photo where that was padded. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A photo's own size, and which part of it the network is shown. */
export interface PhotoView {
  readonly width: number;
  readonly height: number;
  readonly view: Region;
}

/** Images as a network takes them, and where they lie in their photos. */
export interface PreparedImages extends Pixels {
  /** Of each image; where absent, the images are the photos. `cropView` of `@resnetjs/data` tells it. */
  readonly photos?: readonly PhotoView[];
}

/** A network that can be explained; what `loadNetwork` gives is one. */
export interface Explainable<Image = never> {
  readonly model: Module;
  /** Names of the classes. */
  readonly labels?: readonly string[] | undefined;
  /** Other names of the same. */
  readonly identifiers?: readonly string[] | undefined;
  /** Makes of photos what the model takes. Not needed for what is {@link PreparedImages} already. */
  prepare?(images: readonly Image[], options?: { readonly signal?: AbortSignal | undefined }): Promise<PreparedImages>;
}

/** A model alone, or with its labels and how photos are prepared. */
export type Explained<Image = never> = Module | Explainable<Image>;

/** The same for both. */
export const explainable = <Image>(network: Explained<Image>): Explainable<Image> => ('forward' in network ? { model: network } : network);
