import { type Module, namedModules, type Parameter, parameters, type StateDict, type StoredTensor, trace } from '@resnetjs/core';
import { OnnxError, quote } from '../onnx-error.ts';
import { align } from './align.ts';
import { type Binding, Mismatch } from './match.ts';
import { OnnxGraph } from './onnx-graph.ts';
import type { ReadExternal } from './tensor-values.ts';

/** An ONNX file that was read, but for its weights. Nothing in it is run. */
export interface OnnxFile {
  /** What wrote it: `pytorch 2.15.0`. */
  readonly producer: string;
  /** Its `metadata_props`. */
  readonly metadata: ReadonlyMap<string, string>;
  /** `[N,C,H,W]` that it takes; 0 for what it leaves open. */
  readonly inputShape: readonly number[];
  /** Shapes of the filters and linear layers, `[O,I,kh,kw]` and `[O,I]`, in order: the first sees the image, the last tells classes. */
  readonly filters: readonly (readonly number[])[];
  /**
   * The weights as those of a model, whose forward pass must be that of the file.
   *
   * @param inputShape `[N,H,W,C]` that the model can take.
   * @throws OnnxError saying where the two differ.
   */
  weightsFor(model: Module, inputShape: readonly number[]): Promise<OnnxWeights>;
}

export interface OnnxWeights {
  /** In the model's names, PyTorch's layout. */
  readonly stateDict: StateDict;
  /** Whether the graph was compared as a whole; else the weights were told by their names alone. */
  readonly compared: boolean;
  /** What a user should know, in sentences. */
  readonly notes: readonly string[];
}

export interface FromOnnxOptions {
  /** Reads a file beside this one, by its bare name: torch's newer exporter puts weights there. */
  readonly external?: ReadExternal | undefined;
}

/**
 * Reads an ONNX file's graph.
 *
 * @throws OnnxError if it is none, or no classifier of one input and one output.
 */
export function readOnnx(bytes: Uint8Array, { external }: FromOnnxOptions = {}): OnnxFile {
  const graph = new OnnxGraph(bytes, external && remembering(external));
  return {
    producer: graph.producer,
    metadata: graph.metadata,
    inputShape: graph.inputShape,
    filters: graph.filters(),
    weightsFor: (model, inputShape) => weightsFor(graph, model, inputShape),
  };
}

/**
 * Takes the weights of a file for a model that it is of: by the graph and its shapes, whatever the names.
 *
 * @param inputShape `[N,H,W,C]` that the model can take.
 * @throws OnnxError saying where the two differ, or what is no ONNX.
 */
export const fromOnnx = async (
  bytes: Uint8Array,
  model: Module,
  inputShape: readonly number[],
  options: FromOnnxOptions = {},
): Promise<OnnxWeights> => readOnnx(bytes, options).weightsFor(model, inputShape);

async function weightsFor(graph: OnnxGraph, model: Module, inputShape: readonly number[]): Promise<OnnxWeights> {
  const found = align(graph, trace(model, inputShape));
  const named = parameters(model);
  if (!(found instanceof Mismatch)) {
    const made = new Map<Parameter, Made>();
    for (const binding of found) {
      if ('parameter' in binding) made.set(binding.parameter, binding);
      else await checkAssumed(graph, binding);
    }
    const stateDict: StateDict = new Map();
    for (const [name, parameter] of named) {
      const binding = made.get(parameter);
      if (!binding) throw new OnnxError(`${name} takes no part in the forward pass, so the file cannot have it.`);
      stateDict.set(name, await tensorOf(graph, binding));
    }
    const folded = found.filter((binding) => 'fill' in binding && binding.fill === 'identity scale').length;
    const notes =
      folded > 0
        ? [
            `${folded} batch norms are folded into the convolutions before them in the file: they are identities here, with the convolutions' bias.`,
          ]
        : [];
    return { stateDict, notes, compared: true };
  }
  const byName = [...named].every(([name, { shape }]) => graph.constantShape(name)?.join() === shape.join());
  const path = [...namedModules(model)].find(([, part]) => part === found.node.module)?.[0] || model.kind;
  const difference = `${path} (${found.node.op}): ${found.fault}`;
  if (!byName || !found.isOpen) throw new OnnxError(`its graph is not that of the network. ${difference}.`);
  const stateDict: StateDict = new Map();
  for (const [name, { shape }] of named) stateDict.set(name, { shape: [...shape], data: await graph.constant(name) });
  return {
    stateDict,
    compared: false,
    notes: [`The weights were told by their names alone, for not all of the graph could be compared: ${difference}.`],
  };
}

type Made = Extract<Binding, { readonly parameter: Parameter }>;

/** Rounding aside: toOnnx pads with the least number above 0. */
const NEAR = 1e-6;

/** @throws OnnxError if a constant is not what an operation of the network has in its place. */
async function checkAssumed(graph: OnnxGraph, { constant, assumed }: Exclude<Binding, Made>): Promise<void> {
  const values = await graph.constant(constant);
  const at = values.findIndex((value, i) => !(Math.abs(value - (assumed[i % assumed.length] as number)) <= NEAR));
  if (at >= 0)
    throw new OnnxError(
      `its graph is not that of the network. The constant ${quote(constant)} has ${values[at]} at ${at} where ${assumed[at % assumed.length]} is expected.`,
    );
}

async function tensorOf(graph: OnnxGraph, binding: Made): Promise<StoredTensor> {
  const shape = [...binding.parameter.shape];
  const size = binding.parameter.size;
  if ('fill' in binding) {
    const value = { zeros: 0, 'identity scale': 1, 'identity variance': unitVariance(binding.epsilon) }[binding.fill];
    return { shape, data: new Float32Array(size).fill(value) };
  }
  const values = await graph.constant(binding.constant);
  if (values.length !== size) throw new OnnxError(`the constant ${quote(binding.constant)} has ${values.length} numbers, not ${size}.`);
  if (!binding.transposed) return { shape, data: values };
  const [rows = 1, columns = 1] = shape;
  return { shape, data: Float32Array.from({ length: size }, (_, i) => values[(i % columns) * rows + Math.floor(i / columns)] as number) };
}

/** The variance that makes √(variance + ε) exactly 1 in float32. */
function unitVariance(epsilon: number): number {
  const { fround } = Math;
  const near = fround(1 - epsilon);
  const step = 2 ** -24; // between neighbours below 1
  return [0, 1, -1, 2, -2].map((k) => near + k * step).find((variance) => fround(variance + fround(epsilon)) === 1) ?? near;
}

/** Each file is read once. */
function remembering(read: ReadExternal): ReadExternal {
  const files = new Map<string, Promise<Uint8Array>>();
  return (location) => {
    const file = files.get(location) ?? read(location);
    files.set(location, file);
    return file;
  };
}
