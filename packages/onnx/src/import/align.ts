import type { Trace, TraceNode } from '@resnetjs/core';
import { type Binding, type Matched, Mismatch, match, type Way } from './match.ts';
import { describe, type OnnxGraph } from './onnx-graph.ts';

/** How far operands that could be exchanged are followed to see which is which. */
const LOOKAHEAD = 12;

/**
 * Lays the graph of a file over a traced network, from the output backwards: which constants are which parameters.
 *
 * @returns what each parameter is made of; or where, and how, the two differ.
 */
export function align(graph: OnnxGraph, { nodes, output }: Trace): readonly Binding[] | Mismatch {
  const input = nodes[0] as TraceNode;
  const known = new Map<TraceNode, string>();
  const bindings: Binding[] = [];
  const open: Way[number][] = [[output, lastLogits(graph)]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, value] = next;
    const origin = graph.origin(value);
    const before = known.get(node);
    if (before !== undefined) {
      if (before !== origin)
        return new Mismatch(node, `the file computes it twice, as ${JSON.stringify(before)} and ${JSON.stringify(origin)}`);
      continue;
    }
    known.set(node, origin);
    if (node === input) {
      const fault = inputFault(graph, node, origin);
      if (fault) return fault;
      continue;
    }
    const found = match(graph, node, origin);
    if (found instanceof Mismatch) return found;
    const way = chosen(graph, found, input);
    if (way instanceof Mismatch) return way;
    bindings.push(...found.bindings);
    open.push(...way);
  }
  return bindings;
}

/** The output, or what a softmax at the end is of. */
function lastLogits(graph: OnnxGraph): string {
  const last = graph.maker(graph.output);
  return last?.opType === 'Softmax' ? (last.input[0] as string) : graph.output;
}

function inputFault(graph: OnnxGraph, node: TraceNode, value: string): Mismatch | undefined {
  if (value === graph.input) return undefined;
  const made = graph.maker(value);
  return new Mismatch(
    node,
    `the file has ${made ? describe(made) : 'a constant'} between its input and the first layer; preprocessing inside the graph is not taken over`,
  );
}

interface Fault {
  readonly mismatch: Mismatch;
  /** How many operations fit before. */
  readonly after: number;
}

/** Of operands that can be exchanged, that order in which both lead on; if none does, what went furthest says why. */
function chosen(graph: OnnxGraph, { ways }: Matched, input: TraceNode): Way | Mismatch {
  const [only = [], ...others] = ways;
  if (others.length === 0) return only;
  const faults: Fault[] = [];
  for (const way of ways) {
    const fault = way.map(([node, value]) => faultIn(graph, node, value, { input, depth: 0 })).find((found) => found !== undefined);
    if (!fault) return way;
    faults.push(fault);
  }
  return faults.reduce((best, fault) => (fault.after > best.after ? fault : best)).mismatch;
}

function faultIn(
  graph: OnnxGraph,
  node: TraceNode,
  value: string,
  { input, depth }: { input: TraceNode; depth: number },
): Fault | undefined {
  if (depth === LOOKAHEAD) return undefined;
  const origin = graph.origin(value);
  if (node === input) {
    const mismatch = inputFault(graph, node, origin);
    return mismatch && { mismatch, after: depth };
  }
  const found = match(graph, node, origin);
  if (found instanceof Mismatch) return { mismatch: found, after: depth };
  let furthest: Fault | undefined;
  for (const way of found.ways) {
    const fault = way.map(([next, from]) => faultIn(graph, next, from, { input, depth: depth + 1 })).find((f) => f !== undefined);
    if (!fault) return undefined;
    if (!furthest || fault.after > furthest.after) furthest = fault;
  }
  return furthest;
}
