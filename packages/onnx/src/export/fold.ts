import { type OperationCall, operations, Parameter, type Trace, type TraceNode } from '@resnetjs/core';

type NormNode = TraceNode & { readonly attributes: typeof operations.batchNorm extends OperationCall<infer A> ? A : never };

/** Which batch norm is folded into which convolution: that which alone reads it. */
export function foldable({ nodes, output }: Trace): Map<TraceNode, NormNode> {
  const readers = new Map<TraceNode, TraceNode[]>();
  for (const node of nodes)
    for (const input of node.inputs) if (!(input instanceof Parameter)) readers.set(input, [...(readers.get(input) ?? []), node]);
  return new Map(
    nodes.flatMap((node): [TraceNode, NormNode][] => {
      const [reader, ...others] = readers.get(node) ?? [];
      const isConvolution = operations.conv2d.made(node) || operations.standardizedConv2d.made(node);
      const isLearned = node.inputs.slice(1).every((input) => input instanceof Parameter);
      return isConvolution && isLearned && node !== output && reader && others.length === 0 && operations.batchNorm.made(reader)
        ? [[node, reader]]
        : [];
    }),
  );
}

/** Values in PyTorch's layout. */
export interface Affine {
  readonly filter: Float32Array;
  readonly bias: Float32Array;
}

export interface NormValues {
  readonly scale: Float32Array;
  readonly offset: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly epsilon: number;
}

/** scale · (conv(x, filter) + bias − mean) / √(variance + ε) + offset as one convolution with a bias, computed in double precision. */
export function fold(filter: Float32Array, bias: Float32Array | undefined, { scale, offset, mean, variance, epsilon }: NormValues): Affine {
  const size = filter.length / scale.length;
  const factors = Float64Array.from(scale, (s, i) => s / Math.sqrt((variance[i] as number) + epsilon));
  return {
    filter: filter.map((value, i) => value * (factors[Math.floor(i / size)] as number)),
    bias: offset.map((value, i) => value + ((bias?.[i] ?? 0) - (mean[i] as number)) * (factors[i] as number)),
  };
}

/** Each of `channels` filters brought to mean 0 and variance 1, computed in double precision. */
export function standardize(filter: Float32Array, channels: number, epsilon: number): Float32Array {
  const size = filter.length / channels;
  const result = new Float32Array(filter.length);
  for (let begin = 0; begin < filter.length; begin += size) {
    const values = filter.subarray(begin, begin + size);
    let [mean, variance] = [0, 0];
    for (const value of values) mean += value / size;
    for (const value of values) variance += (value - mean) ** 2 / size;
    const inverse = 1 / Math.sqrt(variance + epsilon);
    result.set(
      values.map((value) => (value - mean) * inverse),
      begin,
    );
  }
  return result;
}
