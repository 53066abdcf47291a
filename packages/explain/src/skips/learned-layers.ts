import { Parameter, parameters, type TraceNode } from '@resnetjs/core';
import { isNode } from '../pass/written-pass.ts';
import type { BlocksInPass } from './blocks-of.ts';

/** A convolution or linear layer on a network's way from image to logits. */
export interface LearnedLayer {
  /** Dotted name. */
  readonly name: string;
  readonly weight: Parameter;
  /** What it gives, after its norm where one follows. */
  readonly response: TraceNode;
}

/** The layers of a network that have filters, in the order in which they run; not those of its shortcuts. The last is the head. */
export function learnedLayers({ pass, blocks }: BlocksInPass): LearnedLayer[] {
  const names = new Map([...parameters(pass.model)].map(([name, parameter]) => [parameter, name.replace(/\.[^.]+$/, '')]));
  const inShortcut = (name: string) =>
    blocks.some((block) => block.block.blockShortcut.parts.some((part) => `${name}.`.startsWith(`${block.name}.${part}.`)));
  const { nodes } = pass.trace;
  const readers = new Map<TraceNode, TraceNode[]>();
  for (const node of nodes) for (const input of node.inputs.filter(isNode)) readers.set(input, [...(readers.get(input) ?? []), node]);
  return nodes.flatMap((node): LearnedLayer[] => {
    const weight = node.inputs.find((input): input is Parameter => input instanceof Parameter && input.shape.length > 1);
    const name = weight && names.get(weight);
    if (!weight || name === undefined || inShortcut(name)) return [];
    const [after, ...others] = readers.get(node) ?? [];
    return [{ name, weight, response: after && others.length === 0 && isNorm(after) ? after : node }];
  });
}

/** What reads one value beside vectors of parameters. */
const isNorm = ({ inputs }: TraceNode): boolean =>
  inputs.filter(isNode).length === 1 && inputs.length > 1 && inputs.every((input) => isNode(input) || input.shape.length === 1);
