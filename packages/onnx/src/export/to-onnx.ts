import { create } from '@bufbuild/protobuf';
import { ConfigError, formatShape, type Module, parameters, trace } from '@resnetjs/core';
import type { QuantizedPlan } from '@resnetjs/quantize';
import type { Manifest } from '@resnetjs/weights';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataType,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../schema/onnx-ml_pb.js';
import { type EncodedOnnx, type EncodeOptions, encode } from './encode.ts';
import { bytesOf, type FloatType, GraphBuilder } from './graph-builder.ts';
import { metadataOf } from './metadata.ts';
import { writePlan } from './write-plan.ts';
import { writeTrace } from './write-trace.ts';

/** The versions of ONNX's operators that a network can be written in: what it uses means the same in all of them. */
export const OPSETS = { first: 13, last: 23, usual: 17 } as const;

/** The version of the format that came with a version of the operators, which readers of that time know. */
const irVersionOf = (opset: number): bigint => [7n, 7n, 8n, 8n, 8n, 8n, 9n, 9n, 10n, 10n, 11n][opset - OPSETS.first] as bigint;

/** What is subtracted from pixels scaled to 0..1, and what they are divided by then: one number a channel. */
export interface Colours {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface OnnxOptions extends EncodeOptions {
  /** What weights are stored and computed in. What goes in and comes out is float32 either way. */
  readonly dtype?: FloatType | undefined;
  /** Version of ONNX's operators, within {@link OPSETS}. */
  readonly opset?: number | undefined;
  /** Whether the batch may be of any size; else it is that of `inputShape`. */
  readonly dynamicBatch?: boolean | undefined;
  /** What the input and the output are called. */
  readonly names?: { readonly input?: string; readonly output?: string } | undefined;
  /** Whether batch norms become part of the convolutions before them. Without, every parameter is there as it is, by its own name. */
  readonly folded?: boolean | undefined;
  /** Takes bytes, uint8 `[N,H,W,C]`, and normalizes them inside; else float32 `[N,C,H,W]` that was normalized before. */
  readonly preprocessing?: Colours | undefined;
  /** Gives probabilities rather than logits. */
  readonly softmax?: boolean | undefined;
  /** What the network is: its labels, preprocessing, licence and source travel in the file's metadata. */
  readonly manifest?: Manifest | undefined;
}

/** A network in 8 bits, as `quantize` and `quantizedPredictor` of `@resnetjs/quantize` make it. */
export interface QuantizedNetwork {
  readonly kind: string;
  readonly plan: QuantizedPlan;
}

/**
 * Writes a network's eval-mode forward pass as ONNX. Images go in as `[N,C,H,W]`, and weights are initializers in PyTorch's layout with
 * PyTorch's names. A network in 8 bits is written as QuantizeLinear and DequantizeLinear around float operators, with its own scales.
 *
 * @param inputShape `[N,H,W,C]` that the model can take; height and width are the file's.
 * @throws OnnxError naming the module whose operation has no counterpart, or the weight that does not fit the type.
 * @throws ConfigError for options that make no file; StateDictError if the model has no values yet.
 */
export async function toOnnx(
  model: Module | QuantizedNetwork,
  inputShape: readonly number[],
  options: OnnxOptions = {},
): Promise<EncodedOnnx> {
  const {
    dtype = 'float32',
    opset = OPSETS.usual,
    dynamicBatch = false,
    folded = true,
    preprocessing,
    softmax = false,
    manifest,
  } = options;
  const { input = preprocessing ? 'images' : 'input', output = softmax ? 'probabilities' : 'logits' } = options.names ?? {};
  checkOptions(inputShape, { ...options, dtype, opset });
  const pass = 'plan' in model ? planned(model, inputShape, { dtype, folded }) : traced(model, inputShape, folded);
  const graph = new GraphBuilder(opset, dtype, [...pass.names, input, output]);

  let pixels = preprocessing ? normalized(graph, input, preprocessing) : input;
  if (dtype === 'float16') pixels = graph.node('', 'Cast', [pixels], { to: TensorProto_DataType.FLOAT16 });
  let result = await pass.write(graph, pixels);
  if (dtype === 'float16') result = graph.node('', 'Cast', [result], { to: TensorProto_DataType.FLOAT });
  if (softmax) result = graph.node('', 'Softmax', [result], { axis: 1 });
  graph.finish(result, output);
  graph.prune(output);

  const batch = (shape: readonly number[]): (number | string)[] => [dynamicBatch ? 'batch' : (shape[0] as number), ...shape.slice(1)];
  const taken = preprocessing
    ? { type: TensorProto_DataType.UINT8, shape: inputShape }
    : { type: TensorProto_DataType.FLOAT, shape: planar(inputShape) };
  const file = create(ModelProtoSchema, {
    irVersion: irVersionOf(opset),
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    producerName: 'resnet.js',
    metadataProps: metadataOf(manifest),
    graph: create(GraphProtoSchema, {
      name: manifest?.architecture ?? model.kind,
      node: graph.nodes,
      input: [valueInfo(input, taken.type, batch(taken.shape))],
      output: [valueInfo(output, TensorProto_DataType.FLOAT, batch(planar(pass.output)))],
    }),
  });
  return encode(file, [...graph.initializers.values()], options);
}

/** What is to be written between the images and the logits. */
interface Pass {
  /** `[N,...]` of what it makes. */
  readonly output: readonly number[];
  /** Names that nothing else may have. */
  readonly names: Iterable<string>;
  /** @returns the name of what it makes. */
  readonly write: (graph: GraphBuilder, input: string) => Promise<string>;
}

function traced(model: Module, inputShape: readonly number[], folded: boolean): Pass {
  const trail = trace(model, inputShape);
  return {
    output: trail.output.shape,
    names: parameters(model).keys(),
    write: (graph, input) => writeTrace(graph, model, trail, { input, folded }),
  };
}

function planned(
  { plan }: QuantizedNetwork,
  inputShape: readonly number[],
  { dtype, folded }: Required<Pick<OnnxOptions, 'dtype' | 'folded'>>,
): Pass {
  const shapeOf = (id: number) => (plan.values[id] as QuantizedPlan['values'][number]).shape;
  const taken = shapeOf(plan.input);
  if (inputShape.slice(1).join() !== taken.join())
    throw new ConfigError(
      `toOnnx: this network was quantized for ${formatShape(['N', ...taken])} but ${formatShape(inputShape)} was asked for. Quantize the model again with images of that size.`,
    );
  if (dtype !== 'float32')
    throw new ConfigError(
      "toOnnx: a network in 8 bits computes in float32 what is not in 8 bits: leave 'dtype' out, or export the model that it was made from.",
    );
  if (!folded)
    throw new ConfigError(
      "toOnnx: in a network in 8 bits batch norms are folded already: leave 'folded' out, or export the model that it was made from.",
    );
  return {
    output: [inputShape[0] as number, ...shapeOf(plan.output)],
    names: [],
    write: async (graph, input) => writePlan(graph, plan, input).output,
  };
}

function checkOptions(inputShape: readonly number[], { dtype, opset, preprocessing, names }: OnnxOptions): void {
  if (inputShape.some((size) => !Number.isInteger(size) || size < 1))
    throw new ConfigError(
      `toOnnx: expected whole sizes but received ${formatShape(inputShape)}. For a batch of any size pass 1 and { dynamicBatch: true }.`,
    );
  if (dtype !== 'float32' && dtype !== 'float16') throw new ConfigError(`toOnnx: 'dtype' must be float32 or float16 but is ${dtype}.`);
  if (!Number.isInteger(opset) || (opset as number) < OPSETS.first || (opset as number) > OPSETS.last)
    throw new ConfigError(`toOnnx: 'opset' must be a whole number from ${OPSETS.first} to ${OPSETS.last} but is ${opset}.`);
  if (names?.input !== undefined && names.input === names.output)
    throw new ConfigError(`toOnnx: the input and the output must have two names but both are '${names.input}'.`);
  const channels = inputShape[3];
  if (preprocessing && (inputShape.length !== 4 || preprocessing.mean.length !== channels || preprocessing.std.length !== channels))
    throw new ConfigError(
      `toOnnx: 'preprocessing' must have a mean and a std for each channel of ${formatShape(inputShape)} but has ${preprocessing.mean.length} and ${preprocessing.std.length}.`,
    );
}

/** `[N,H,W,C]` as ONNX has it; what is no image stays. */
const planar = (shape: readonly number[]): readonly number[] => {
  const [n = 1, h = 1, w = 1, c = 1] = shape;
  return shape.length === 4 ? [n, c, h, w] : shape;
};

export const valueInfo = (name: string, elemType: TensorProto_DataType, shape: readonly (number | string)[]): ValueInfoProto =>
  create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType,
          shape: {
            dim: shape.map((size) => ({
              value:
                typeof size === 'string' ? { case: 'dimParam' as const, value: size } : { case: 'dimValue' as const, value: BigInt(size) },
            })),
          },
        },
      },
    },
  });

/** Bytes to 0..1, less the mean, by the deviation, in the order in which torchvision rounds: uint8 `[N,H,W,C]` to float32 `[N,C,H,W]`. */
function normalized(graph: GraphBuilder, images: string, { mean, std }: Colours): string {
  const floats = (name: string, shape: readonly number[], values: readonly number[]) =>
    graph.initializer(name, { type: TensorProto_DataType.FLOAT, shape, bytes: bytesOf(Float32Array.from(values)) });
  const perChannel = [1, mean.length, 1, 1];
  const path = 'preprocessing';
  const planes = graph.node(path, 'Transpose', [graph.node(path, 'Cast', [images], { to: TensorProto_DataType.FLOAT })], {
    perm: [0, 3, 1, 2],
  });
  const scaled = graph.node(path, 'Div', [planes, floats('preprocessing.scale', [], [255])]);
  const centered = graph.node(path, 'Sub', [scaled, floats('preprocessing.mean', perChannel, mean)]);
  return graph.node(path, 'Div', [centered, floats('preprocessing.std', perChannel, std)]);
}
