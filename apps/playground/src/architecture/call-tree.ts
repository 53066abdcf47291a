import type { Trace, TraceCall, TraceNode } from '@resnetjs/core';

/** A module's run, and in it the runs of its parts and the operations between them, in order. */
export interface CallTree {
  readonly call: TraceCall;
  readonly items: readonly Item[];
}

export type Item = CallTree | TraceNode;

export const isCall = (item: Item): item is CallTree => 'call' in item;

/** The traced forward pass as a tree of module calls; calls that computed nothing are left out. */
export function callTree({ nodes, calls }: Trace): CallTree {
  const finished: CallTree[] = [];
  for (const call of calls) {
    if (call.first === call.end) continue;
    const inside: CallTree[] = [];
    while (finished.length > 0 && (finished.at(-1) as CallTree).call.first >= call.first) inside.unshift(finished.pop() as CallTree);
    finished.push({ call, items: inOrder(call, inside, nodes) });
  }
  return finished.at(-1) as CallTree;
}

function inOrder({ first, end }: TraceCall, inside: readonly CallTree[], nodes: readonly TraceNode[]): Item[] {
  const items: Item[] = [];
  let at = first;
  for (const tree of inside) {
    items.push(...nodes.slice(at, tree.call.first), tree);
    at = tree.call.end;
  }
  return [...items, ...nodes.slice(at, end)];
}
