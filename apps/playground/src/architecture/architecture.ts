/** What a part of a network costs, for one image. */
export interface Costs {
  /** Trainable values. */
  readonly params: number;
  /** Multiply-accumulates of convolutions and linear layers. */
  readonly macs: number;
  /** Bytes of every float32 result made in it: what training keeps. */
  readonly activationBytes: number;
}

/**
 * How a block's input reaches its output beside its layers: added as it is, added after it was subsampled and padded with zero
 * channels, added after layers of its own, weighed by a learned gate, set beside the output as more channels, or not at all.
 */
export type Shortcut = 'identity' | 'padded' | 'projection' | 'gate' | 'concatenation' | 'none';

/** A layer, or an operation between layers. */
export interface Part extends Costs {
  /** Name in its block, empty for an operation: `conv1`, `downsample.0`. */
  readonly name: string;
  /** `conv 3x3 /2`, `ReLU` */
  readonly kind: string;
  /** `[N,H,W,C]` or `[N,C]` */
  readonly outputShape: readonly number[];
  /** Whether it belongs to the block's shortcut. */
  readonly onShortcut: boolean;
}

/** A box of the drawing: a residual block, a dense layer, or a few layers in a row. */
export interface Block extends Costs {
  /** Its dotted name in the network: `layer1.0`. */
  readonly name: string;
  readonly kind: string;
  readonly shortcut: Shortcut;
  readonly outputShape: readonly number[];
  /** In the order in which they run. */
  readonly parts: readonly Part[];
}

/** Blocks of one size of image, or what comes before and after them. */
export interface Stage extends Costs {
  /** `stem`, `layer1`, `head` */
  readonly name: string;
  readonly outputShape: readonly number[];
  readonly blocks: readonly Block[];
}

/** A network as it is drawn. Its costs are its stages' together. */
export interface Architecture extends Costs {
  readonly name: string;
  readonly inputShape: readonly number[];
  readonly paper: string;
  readonly stages: readonly Stage[];
}
