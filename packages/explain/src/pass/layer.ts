import type { TraceNode } from '@resnetjs/core';
import { distance } from 'fastest-levenshtein';
import { ExplainError } from '../explain-error.ts';
import { isNode, nodesBetween, reaches, type WrittenPass } from './written-pass.ts';

/** A place in a network, and what it is called. */
export interface Layer {
  readonly name: string;
  readonly node: TraceNode;
}

/** `[N,H,W,C]` of more than one pixel. */
export const hasSpace = ({ shape }: TraceNode): boolean => shape.length === 4 && (shape[1] as number) * (shape[2] as number) > 1;

/** Names of the modules that a pass runs, those first that are one step of the network; with `spatial`, of those that have space. */
export const layerNames = (pass: WrittenPass, { spatial = false } = {}): string[] =>
  [...pass.layers].filter(([, node]) => !spatial || hasSpace(node)).map(([name]) => name);

/** @throws ExplainError naming the nearest names, where no module of the name runs. */
export function namedLayer(pass: WrittenPass, name: string): Layer {
  const node = pass.layers.get(name);
  if (node) return { name, node };
  const names = layerNames(pass);
  throw new ExplainError(`layer '${name}': ${pass.model.kind} runs no module of that name. ${offer(name, names)}`);
}

/**
 * A layer whose output is a map that the output depends on: that of the name, or the last of the network, which the global pooling reads.
 *
 * @throws ExplainError for a layer without space, or that the output does not depend on.
 */
export function spatialLayer(pass: WrittenPass, name?: string): Layer {
  if (name === undefined) return lastSpatial(pass);
  const layer = namedLayer(pass, name);
  if (!hasSpace(layer.node))
    throw new ExplainError(
      `layer '${name}' has no space: it gives [${layer.node.shape.join(',')}], no map. Take one that gives [N,H,W,C]: ` +
        `${layerNames(pass, { spatial: true })
          .filter((other) => !other.includes('.'))
          .join(', ')}.`,
    );
  if (!reaches(layer.node, pass.output)) throw new ExplainError(`layer '${name}': the output does not depend on it.`);
  return layer;
}

function lastSpatial(pass: WrittenPass): Layer {
  const node = nodesBetween(new Set(), [pass.output]).findLast(hasSpace);
  if (!node || node === pass.input)
    throw new ExplainError(
      `${pass.model.kind}: no layer has space, as images of [${pass.input.shape.join(',')}] have no pixels left. ` +
        'Take larger images, or a method of the pixels themselves, such as saliency.',
    );
  return { name: nameOf(pass.layers, node), node };
}

/** The shortest name of what gives a node; for a function of what a module gives, as a ReLU is, the module's name with the function's. */
function nameOf(layers: WrittenPass['layers'], node: TraceNode): string {
  const names = [...layers].flatMap(([name, other]) => (other === node ? [name] : []));
  if (names.length > 0) return names.reduce((best, name) => (name.length < best.length ? name : best));
  const before = node.inputs.find(isNode);
  return before ? `${nameOf(layers, before)} + ${node.op}` : node.op;
}

const OFFERED = 5;

/** `Did you mean layer4.1, layer4.0 or layer3?` */
export function offer(name: string, names: readonly string[]): string {
  const wanted = name.toLowerCase();
  const near = names
    .map((other) => [other, distance(wanted, other.toLowerCase()) - (other.toLowerCase().includes(wanted) ? wanted.length : 0)] as const)
    .toSorted(([, a], [, b]) => a - b)
    .slice(0, OFFERED)
    .map(([other]) => other);
  const last = near.pop();
  return `Did you mean ${near.length > 0 ? `${near.join(', ')} or ${last}` : last}?`;
}
