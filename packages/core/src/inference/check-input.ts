import { formatShape, ShapeError } from '../errors.ts';
import { imageHint } from '../ops/image-shape.ts';
import { Parameter } from '../parameter.ts';
import type { Trace, TraceNode } from '../trace.ts';

type Shape = readonly number[];

/** Of shapes that fit, so many are remembered. */
const MOST_KNOWN = 1024;

/**
 * The door of a recorded pass: nothing in it looks at a shape again. An input like the one before costs a comparison of
 * a few numbers; for a new one, the shape of every result is worked out (a millisecond for a ResNet-50), so that what does not
 * fit is refused by the operation that it does not fit.
 *
 * @returns a function that throws a ShapeError unless the pass can be run on an input of the shape.
 */
export function checkInput({ nodes }: Trace): (shape: Shape) => void {
  const traced = (nodes[0] as TraceNode).shape;
  const known = new Set<string>();
  let last: Shape | undefined;
  return (shape) => {
    const before = last;
    if (before && shape.length === before.length && shape.every((size, i) => size === before[i])) return;
    const key = formatShape(shape);
    if (!known.has(key)) {
      checkAgainst(traced, shape);
      inferAll(nodes, shape);
      if (known.size === MOST_KNOWN) known.clear();
      known.add(key);
    }
    last = [...shape];
  };
}

/** Works out the shape of every node for another input. */
function inferAll([, ...nodes]: readonly TraceNode[], shape: Shape): void {
  const shapes: Shape[] = [shape]; // by the nodes' numbers
  for (const { inputs, infer } of nodes)
    shapes.push(infer(inputs.map((input) => (input instanceof Parameter ? input.storedShape : (shapes[input.id] as Shape)))));
}

/** Rank and channels are the network's own; the other sizes may be others. */
function checkAgainst(traced: Shape, shape: Shape): void {
  const channels = traced.at(-1);
  if (shape.length !== traced.length || shape.at(-1) !== channels) {
    const wanted = traced.length === 4 ? ['N', 'H', 'W', channels as number] : ['N', ...traced.slice(1)];
    const hint = shape.length === traced.length || shape.length === traced.length - 1 ? imageHint(shape, channels) : '';
    throw new ShapeError(`This predictor takes ${formatShape(wanted)} but received ${formatShape(shape)}.${hint}`);
  }
  if (shape.includes(0)) throw new ShapeError(`This predictor received ${formatShape(shape)}, in which there is nothing to predict from.`);
}
