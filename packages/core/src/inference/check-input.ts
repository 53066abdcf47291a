import { formatShape, ShapeError } from '../errors.ts';
import { imageHint } from '../ops/image-hint.ts';
import { Parameter } from '../parameter.ts';
import type { Trace, TraceNode } from '../trace.ts';

type Shape = readonly number[];

/**
 * The door of a recorded pass: nothing in it looks at a shape again. An input like the one before costs a comparison of
 * a few numbers; for another, the shape of every result is worked out, so that what does not fit is refused by the
 * operation that it does not fit.
 *
 * @returns a function that throws a ShapeError unless the pass can be run on an input of the shape.
 */
export function checkInput({ nodes }: Trace): (shape: Shape) => void {
  const traced = (nodes[0] as TraceNode).shape;
  let fitting: Shape | undefined;
  return (shape) => {
    const known = fitting;
    if (known && shape.length === known.length && shape.every((size, i) => size === known[i])) return;
    checkAgainst(traced, shape);
    const shapes: Shape[] = [shape]; // by the nodes' numbers
    for (const { inputs, infer } of nodes.slice(1))
      shapes.push(infer(inputs.map((input) => (input instanceof Parameter ? input.storedShape : (shapes[input.id] as Shape)))));
    fitting = [...shape];
  };
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
