import * as tf from '@tensorflow/tfjs-core';
import { formatShape, StateDictError } from './errors.ts';
import type { Initializer } from './initializer.ts';
import { type Layout, storedShape, toStored, toTorch } from './layout.ts';

/** What a parameter is to its layer. Optimizers commonly spare `bias` and `norm` from weight decay. */
export type Role = 'weight' | 'bias' | 'norm' | 'buffer';

export interface ParameterOptions {
  readonly layout?: Layout;
  readonly role: Role;
  readonly initializer: Initializer;
}

/**
 * One array of a model. It knows its shape, layout and initializer before it takes memory, so that a model can be
 * described with no backend loaded; its values live in an unnamed tfjs variable once {@link Parameter.assign} gave it some, or
 * wait in memory of the caller's after {@link Parameter.adopt} until somebody asks for the variable.
 */
export class Parameter {
  /** PyTorch's shape: `[out, in/groups, kh, kw]` for convolutions, `[out, in]` for linear layers. */
  readonly shape: readonly number[];
  readonly layout: Layout;
  readonly role: Role;
  readonly initializer: Initializer;
  /** Whether training changes it. Buffers never are; freezing a part clears it. */
  trainable: boolean;
  #variable: tf.Variable | undefined;
  #waiting: Float32Array | undefined;

  constructor(shape: readonly number[], { layout = 'vector', role, initializer }: ParameterOptions) {
    this.shape = shape;
    this.layout = layout;
    this.role = role;
    this.initializer = initializer;
    this.trainable = role !== 'buffer';
  }

  /** Number of values. */
  get size(): number {
    return this.shape.reduce((product, d) => product * d, 1);
  }

  /** The shape in which tfjs holds it: `[kh, kw, in/groups, out]` for convolutions, `[in, out]` for linear layers. */
  get storedShape(): number[] {
    return storedShape(this.shape, this.layout);
  }

  get hasValues(): boolean {
    return this.#waiting !== undefined || (this.#variable !== undefined && !this.#variable.isDisposed);
  }

  /** Values in PyTorch's layout that are not on the backend yet; `undefined` once they are. Nobody changes them. */
  get waiting(): Float32Array | undefined {
    return this.#waiting;
  }

  /**
   * The variable itself, in the stored layout, owned by the parameter: do not dispose it.
   *
   * @throws StateDictError if it has no values yet.
   */
  get variable(): tf.Variable {
    if (this.#waiting) this.assign(this.#waiting);
    if (!this.#variable || this.#variable.isDisposed)
      throw new StateDictError(
        `A parameter of shape ${formatShape(this.shape)} has no values. Call initialize(model, { seed }) or loadStateDict(model, dict) first.`,
      );
    return this.#variable;
  }

  /** Takes values in PyTorch's layout, row-major in {@link Parameter.shape}. */
  assign(values: Float32Array): void {
    this.#waiting = undefined;
    const tensor = tf.tensor(toStored(values, this.shape, this.layout), this.storedShape, 'float32');
    if (this.#variable && !this.#variable.isDisposed) this.#variable.assign(tensor);
    else this.#variable = tf.variable(tensor, this.trainable);
    tensor.dispose();
  }

  /**
   * Takes values in PyTorch's layout without copying them: they must not change any more. They come to the backend when somebody
   * asks for {@link Parameter.variable}, and never if nobody does.
   */
  adopt(values: Float32Array): void {
    this.dispose();
    this.#waiting = values;
  }

  /** Its values in PyTorch's layout, a copy. */
  async read(): Promise<Float32Array> {
    return this.#waiting?.slice() ?? this.toTorch((await this.variable.data()) as Float32Array);
  }

  /** Values in its stored layout, a gradient's for instance, copied into PyTorch's. */
  toTorch(stored: Float32Array): Float32Array {
    const values = toTorch(stored, this.shape, this.layout);
    return values === stored ? stored.slice() : values;
  }

  /** Frees the variable; the parameter can be given values again. */
  dispose(): void {
    this.#variable?.dispose();
    this.#variable = undefined;
    this.#waiting = undefined;
  }
}
