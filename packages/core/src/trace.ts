import type { Tensor } from '@tensorflow/tfjs-core';
import { formatShape, ShapeError } from './errors.ts';
import type { Module } from './module.ts';
import type { Parameter } from './parameter.ts';

/** One operation of a traced forward pass. */
export interface TraceNode {
  readonly id: number;
  /** The operation's name: `conv2d`, `relu`. */
  readonly op: string;
  /** The operation itself: what tells it from another of its name. */
  readonly operation: object;
  /** The nodes and parameters it reads, in the operation's order. */
  readonly inputs: readonly (TraceNode | Parameter)[];
  readonly attributes: unknown;
  /** Computes the result, which is the caller's, from the values of `inputs`. */
  readonly run: (inputs: readonly Tensor[]) => Tensor;
  /**
   * The shape of the result for inputs of other shapes than those of the trace.
   *
   * @throws ShapeError where they do not fit.
   */
  readonly infer: (inputs: readonly (readonly number[])[]) => readonly number[];
  readonly shape: readonly number[];
  /** Multiply-accumulates of convolutions and linear layers; 0 for the rest, as published counts have it. */
  readonly macs: number;
  /** The module that ran it. */
  readonly module: Module;
}

/** One call of a module in a traced forward pass; its nodes are those from `first` up to, not including, `end`. */
export interface TraceCall {
  readonly module: Module;
  readonly first: number;
  readonly end: number;
  /** What the call returned. */
  readonly output: TraceNode;
}

/** A forward pass as data: what ran on what, with every shape, but no values. */
export interface Trace {
  /** In the order of execution; the first is the input. */
  readonly nodes: readonly TraceNode[];
  /** In the order in which they returned: parts before the whole. */
  readonly calls: readonly TraceCall[];
  readonly output: TraceNode;
}

/**
 * Stands for a tensor while a forward pass is traced: a shape and where it came from, no values. Operations accept
 * it in a tensor's place, which is how a model is summarized and drawn with no backend loaded.
 */
class AbstractTensor {
  readonly dtype = 'float32';
  readonly node: TraceNode;
  readonly tracer: Tracer;

  constructor(node: TraceNode, tracer: Tracer) {
    this.node = node;
    this.tracer = tracer;
  }

  get shape(): readonly number[] {
    return this.node.shape;
  }

  get rank(): number {
    return this.node.shape.length;
  }
}

class Tracer {
  readonly nodes: TraceNode[] = [];
  readonly calls: TraceCall[] = [];
  readonly #modules: Module[];

  constructor(model: Module) {
    this.#modules = [model];
  }

  record(node: Omit<TraceNode, 'id' | 'module'>): Tensor {
    const module = this.#modules.at(-1) as Module;
    const full: TraceNode = { ...node, id: this.nodes.length, module };
    this.nodes.push(full);
    return new AbstractTensor(full, this) as unknown as Tensor;
  }

  within(module: Module, forward: () => Tensor): Tensor {
    const first = this.nodes.length;
    this.#modules.push(module);
    const output = forward();
    this.#modules.pop();
    this.calls.push({ module, first, end: this.nodes.length, output: nodeOf(output) });
    return output;
  }
}

export type { Tracer };

/** The tracer that follows `x`, if `x` is not a real tensor. */
export const tracerOf = (x: unknown): Tracer | undefined => (x instanceof AbstractTensor ? x.tracer : undefined);

/** The node behind a tensor that is being traced. */
export function nodeOf(x: unknown): TraceNode {
  if (x instanceof AbstractTensor) return x.node;
  throw new TypeError(
    'A real tensor was met while tracing a forward pass. Use the operations of @resnetjs/core in it, which can be traced.',
  );
}

const INPUT = {};
const unreadable = (): never => {
  throw new TypeError('The input of a trace is given, not computed.');
};

/**
 * Runs a model's eval-mode forward pass on shapes alone.
 *
 * @param inputShape `[N,H,W,C]`
 * @throws ShapeError where the shapes do not fit, or a size is no whole number.
 */
export function trace(model: Module, inputShape: readonly number[]): Trace {
  if (!inputShape.every((size) => Number.isInteger(size) && size >= 0))
    throw new ShapeError(`trace: a shape is of whole numbers but ${formatShape(inputShape)} came. Use 1 for a batch of any size.`);
  const tracer = new Tracer(model);
  const shape = [...inputShape];
  const input = tracer.record({
    op: 'input',
    operation: INPUT,
    inputs: [],
    attributes: {},
    run: unreadable,
    infer: () => shape,
    shape,
    macs: 0,
  });
  const output = model.forward(input, 'eval');
  return { nodes: tracer.nodes, calls: tracer.calls, output: nodeOf(output) };
}
