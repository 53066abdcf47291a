import type { OperationCall } from '../op.ts';
import { reluOperation } from '../ops/activations.ts';
import { conv2d } from '../ops/convolution/conv2d.ts';
import type { Conv2DAttributes } from '../ops/convolution/portable.ts';
import { addReluOperation, concatOperation } from '../ops/joining.ts';
import { linear } from '../ops/linear.ts';
import { batchNorm } from '../ops/norm.ts';
import { Parameter } from '../parameter.ts';
import type { Trace, TraceNode } from '../trace.ts';

/** A node of which operation, with that one's attributes. */
type NodeOf<Call> = Call extends OperationCall<infer A> ? TraceNode & { readonly attributes: A } : never;

/**
 * A convolution with what follows it: its batch norm folded in, the addition and the ReLU in the same pass. A linear layer is one, of an
 * image of one pixel.
 */
export interface FusedConv {
  readonly kind: 'conv';
  readonly conv: TraceNode;
  /** Folded into the filter and the bias. */
  readonly norm?: NodeOf<typeof batchNorm>;
  /** What is added before the ReLU. */
  readonly residual?: TraceNode;
  readonly activation: 'linear' | 'relu';
  readonly attributes: Conv2DAttributes;
  /** The node whose value this step makes. */
  readonly output: TraceNode;
}

/** A batch norm that no convolution takes, and the ReLU after it: pre-activation. In a dense block, of images side by side. */
export interface NormRelu {
  readonly kind: 'normRelu';
  readonly norm: NodeOf<typeof batchNorm>;
  /** What puts the images side by side, if nothing else reads that. */
  readonly concat?: TraceNode;
  readonly output: TraceNode;
}

/** Any other operation, as it is. */
export interface Plain {
  readonly kind: 'plain';
  readonly output: TraceNode;
}

export type PlanStep = FusedConv | NormRelu | Plain;

const isNode = (input: TraceNode | Parameter): input is TraceNode => !(input instanceof Parameter);

/** The nodes that a step reads. */
export function reads(step: PlanStep): TraceNode[] {
  if (step.kind === 'plain') return step.output.inputs.filter(isNode);
  if (step.kind === 'normRelu') return (step.concat?.inputs ?? step.norm.inputs.slice(0, 1)) as TraceNode[];
  return [step.conv.inputs[0] as TraceNode, ...(step.residual ? [step.residual] : [])];
}

const ONE_PIXEL: Conv2DAttributes = { strides: [1, 1], pad: [0, 0, 0, 0], dilations: [1, 1], groups: 1 };

/**
 * What to run for a traced network, in order: each convolution takes the batch norm after it, then the addition of the
 * shortcut and the ReLU, as long as nothing else reads what lies between.
 */
export function plan({ nodes, output }: Trace): PlanStep[] {
  const [input] = nodes;
  const readers = new Map<TraceNode, TraceNode[]>();
  for (const node of nodes) for (const input of node.inputs.filter(isNode)) readers.set(input, [...(readers.get(input) ?? []), node]);
  /** What reads a node, if that is one node, of the operation. */
  const soleReader = <A>(node: TraceNode, operation: OperationCall<A>): NodeOf<OperationCall<A>> | undefined => {
    const [reader, ...others] = readers.get(node) ?? [];
    return node !== output && reader && operation.made(reader) && others.length === 0 ? reader : undefined;
  };
  const absorbed = new Set<TraceNode>();
  const made = new Map<TraceNode, PlanStep>(); // by the node at which the step runs
  for (const node of nodes) {
    if (node === input || absorbed.has(node)) continue;
    const rectifiedNorm = soleReader(node, reluOperation);
    if (batchNorm.made(node) && rectifiedNorm) {
      const before = node.inputs[0] as TraceNode;
      const concat = concatOperation.made(before) && soleReader(before, batchNorm) === node ? before : undefined;
      made.set(rectifiedNorm, { kind: 'normRelu', norm: node, ...(concat && { concat }), output: rectifiedNorm });
      absorbed.add(rectifiedNorm);
      if (concat) made.delete(concat);
      continue;
    }
    const attributes = conv2d.made(node) ? node.attributes : linear.made(node) ? ONE_PIXEL : undefined;
    const learned = !isNode(node.inputs[1] as TraceNode | Parameter);
    if (!attributes || !learned) {
      made.set(node, { kind: 'plain', output: node });
      continue;
    }
    const norm = soleReader(node, batchNorm);
    let last: TraceNode = norm ?? node;
    const joined = soleReader(last, addReluOperation);
    const other = joined?.inputs.find((input) => input !== last) as TraceNode | undefined;
    // Of two convolutions that meet in an addition, the one that runs later takes it: the other is ready by then.
    const takes = joined && other && other.id < last.id;
    const rectified = takes ? undefined : soleReader(last, reluOperation);
    if (takes) last = joined;
    else if (rectified) last = rectified;
    for (const part of [norm, takes ? joined : undefined, rectified]) if (part) absorbed.add(part);
    made.set(last, {
      kind: 'conv',
      conv: node,
      ...(norm && { norm }),
      ...(takes && { residual: other }),
      activation: takes || rectified ? 'relu' : 'linear',
      attributes,
      output: last,
    });
  }
  return nodes.flatMap((node) => made.get(node) ?? []);
}
