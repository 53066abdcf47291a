import {
  isPredictor,
  type Module,
  namedModules,
  Parameter,
  parameters,
  rectifies,
  type Trace,
  type TraceNode,
  trace,
} from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { ExplainError } from '../explain-error.ts';
import { guidedRelu } from './guided-relu.ts';

/**
 * One forward pass of a model, written down, so that it can be run in parts: up to a layer, from there on, with another gradient of its
 * ReLUs, with other values of its parameters. The model itself is neither changed nor watched.
 */
export interface WrittenPass {
  readonly model: Module;
  readonly input: TraceNode;
  readonly output: TraceNode;
  readonly trace: Trace;
  /** What each named module gives, by its dotted name, in the order in which they return. Of one that runs several times, the last. */
  readonly layers: ReadonlyMap<string, TraceNode>;
  /** What each of them is: `basic block`. */
  readonly kinds: ReadonlyMap<string, string>;
}

/**
 * Writes down the eval-mode pass of `model` on images of a shape. Images of other N can be run through it.
 *
 * @param inputShape `[N,H,W,C]`
 * @param options `toRun`: whether it shall be run, not only described. Default true.
 * @throws ExplainError for a predictor, which has nothing to look into, and for a model without values that shall be run.
 */
export function writtenPass(model: Module, inputShape: readonly number[], { toRun = true } = {}): WrittenPass {
  if (isPredictor(model))
    throw new ExplainError(
      `${model.kind}: its norms are folded in and its parts are gone, so there is nothing to look into. ` +
        'Give the model that it was made from: of loadNetwork(), the network itself or its `model`.',
    );
  if (toRun) assertValues(model);
  const written = trace(model, inputShape);
  const { nodes, calls, output } = written;
  const kinds = new Map([...namedModules(model)].map(([name, { kind }]) => [name, kind]));
  return { model, input: nodes[0] as TraceNode, output, trace: written, layers: layersOf(model, calls), kinds };
}

/** @throws ExplainError for a model that only has shapes: one that is in 8 bits beside it, or was never given any. */
export function assertValues(model: Module): void {
  const missing = [...parameters(model)].filter(([, parameter]) => !parameter.hasValues).map(([name]) => name);
  if (missing.length > 0)
    throw new ExplainError(
      `${model.kind}: ${missing.length} of its parameters have no values (${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ', …' : ''}), ` +
        'so there is nothing to look into. Of a network in 8 bits the model has shapes alone: give the weights that it was quantized from. ' +
        'A model of your own is given values by loadStateDict() or initialize().',
    );
}

function layersOf(model: Module, calls: Trace['calls']): Map<string, TraceNode> {
  const outputs = new Map<Module, TraceNode>();
  for (const { module, output } of calls) {
    outputs.delete(module); // the last call counts, and its place
    outputs.set(module, output);
  }
  const names = new Map<Module, string[]>();
  for (const [name, module] of namedModules(model)) names.set(module, [...(names.get(module) ?? []), name]);
  return new Map([...outputs].flatMap(([module, node]) => (names.get(module) ?? []).filter(Boolean).map((name) => [name, node] as const)));
}

export interface RunOptions {
  /** ReLUs let only positive gradients back: guided backpropagation. */
  readonly guided?: boolean;
  /** Computes a node in another way, with the same values but other gradients say; by default, and where it gives nothing, as it does itself. */
  readonly instead?: (node: TraceNode, inputs: readonly tf.Tensor[]) => tf.Tensor | undefined;
  /** Values in the place of parameters' own. */
  readonly values?: ReadonlyMap<Parameter, tf.Tensor>;
}

export const isNode = (input: TraceNode | Parameter): input is TraceNode => !(input instanceof Parameter);

/** The nodes that must run for `wanted` where those of `given` are known, in their order. */
export function nodesBetween(given: ReadonlySet<TraceNode>, wanted: readonly TraceNode[]): TraceNode[] {
  const needed = new Set<TraceNode>();
  const open = [...wanted];
  for (let node = open.pop(); node; node = open.pop()) {
    if (given.has(node) || needed.has(node)) continue;
    needed.add(node);
    open.push(...node.inputs.filter(isNode));
  }
  return [...needed].sort((a, b) => a.id - b.id);
}

/**
 * Runs what lies between known values and wanted ones. Call it inside of `tf.tidy`. What is made on the way is freed as soon as nothing reads
 * it any more, but for what gradients need.
 *
 * @returns the wanted values, the caller's; a known one as a copy.
 */
export function run(
  given: ReadonlyMap<TraceNode, tf.Tensor>,
  wanted: readonly TraceNode[],
  { guided = false, instead, values }: RunOptions = {},
): tf.Tensor[] {
  const order = nodesBetween(new Set(given.keys()), wanted);
  const lastReader = new Map<TraceNode, TraceNode>();
  for (const node of order) for (const input of node.inputs.filter(isNode)) lastReader.set(input, node);
  const kept = new Set(wanted);
  const made = new Map<TraceNode, tf.Tensor>();
  const read = (input: TraceNode | Parameter): tf.Tensor =>
    isNode(input) ? ((made.get(input) ?? given.get(input)) as tf.Tensor) : (values?.get(input) ?? input.variable);
  for (const node of order) {
    const inputs = node.inputs.map(read);
    made.set(
      node,
      tf.tidy(() => (guided && rectifies(node) ? guidedRelu(inputs) : (instead?.(node, inputs) ?? node.run(inputs)))),
    );
    for (const input of new Set(node.inputs.filter(isNode)))
      if (lastReader.get(input) === node && !kept.has(input) && !given.has(input)) made.get(input)?.dispose();
  }
  return wanted.map((node) => made.get(node) ?? tf.clone(given.get(node) as tf.Tensor));
}

/**
 * What is needed beside a layer's output to go on from it: what nodes behind it read of nodes that are not behind it, the other branch of a
 * block say.
 */
export function besides(layer: TraceNode, output: TraceNode): TraceNode[] {
  const behind = new Set<TraceNode>([layer]);
  const others = new Set<TraceNode>();
  for (const node of nodesBetween(new Set([layer]), [output])) {
    const inputs = node.inputs.filter(isNode);
    if (inputs.some((input) => behind.has(input))) behind.add(node);
  }
  for (const node of behind) if (node !== layer) for (const input of node.inputs.filter(isNode)) if (!behind.has(input)) others.add(input);
  return [...others];
}

/** Whether `output` is computed from `layer` at all. */
export const reaches = (layer: TraceNode, output: TraceNode): boolean => {
  const open = [output];
  const seen = new Set<TraceNode>();
  for (let node = open.pop(); node; node = open.pop()) {
    if (node === layer) return true;
    if (seen.has(node)) continue;
    seen.add(node);
    open.push(...node.inputs.filter(isNode));
  }
  return false;
};

/** The pass's ReLUs. */
export const relusOf = ({ input, output }: WrittenPass): TraceNode[] => nodesBetween(new Set([input]), [output]).filter(rectifies);
