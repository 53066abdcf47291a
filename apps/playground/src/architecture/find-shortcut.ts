import { Parameter, type TraceCall, type TraceNode } from '@resnetjs/core';
import type { Shortcut } from './architecture.ts';

/** A block's shortcut, and the operations on it. */
export interface FoundShortcut {
  readonly shortcut: Shortcut;
  readonly nodes: ReadonlySet<TraceNode>;
}

const NONE: FoundShortcut = { shortcut: 'none', nodes: new Set() };

/**
 * Finds what is beside a block's layers, from the operations that ran: where two ways from its input meet, the one with less
 * work is the shortcut.
 */
export function findShortcut({ module, first, end, output }: TraceCall, nodes: readonly TraceNode[]): FoundShortcut {
  const own = nodes.slice(first, end).filter((node) => node.module === module);
  const join = own.findLast(({ op }) => op === 'add' || op === 'addRelu' || op === 'highway');
  if (join?.op === 'highway') return { shortcut: 'gate', nodes: new Set() };
  if (join) {
    const ways = join.inputs.filter(isNode).map((node) => wayTo(node, first));
    const [way = []] = ways.sort((a, b) => workOf(a) - workOf(b));
    const shortcut = workOf(way) > 0 ? 'projection' : way.some(({ op }) => op === 'paddedShortcut') ? 'padded' : 'identity';
    return { shortcut, nodes: new Set(way) };
  }
  // The first of what is set side by side is the block's input, which the others are added to.
  const isKept = nodes.some(({ op, inputs }) => op === 'concat' && inputs.indexOf(output) > 0);
  return isKept ? { ...NONE, shortcut: 'concatenation' } : NONE;
}

const isNode = (input: TraceNode | Parameter): input is TraceNode => !(input instanceof Parameter);

/** The operations from the block's input to a node, along first inputs. */
function wayTo(node: TraceNode, first: number): TraceNode[] {
  const way: TraceNode[] = [];
  for (let at: TraceNode | undefined = node; at && at.id >= first; at = at.inputs.find(isNode)) way.push(at);
  return way;
}

const workOf = (way: readonly TraceNode[]): number => way.reduce((sum, { macs }) => sum + macs, 0);
