/** Which tensor of a state dict is which of a network's. */
export interface Alignment {
  /** From the network's names to the state dict's: the whole body, and the head where there is one. */
  readonly names: ReadonlyMap<string, string>;
  /** What stands before the names of the body, such as `backbone.`. */
  readonly prefix: string;
  /** The head's dotted name in the state dict, after its prefix; `undefined` where there is none. */
  readonly head: string | undefined;
  /** Tensors of the state dict that are neither. */
  readonly left: readonly string[];
}
