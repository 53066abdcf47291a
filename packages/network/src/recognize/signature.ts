import { parameters } from '@resnetjs/core';
import { createModel, type ModelOptions } from '@resnetjs/zoo';

export type Shape = readonly number[];

/** What is in the names of a shortcut's projection. */
export const SHORTCUT = '.downsample.';

/** Names and shapes, in the order of a state dict. */
export type Shapes = ReadonlyMap<string, Shape>;

/** What a network of the zoo expects of a state dict. */
export interface Signature {
  readonly name: string;
  readonly options: ModelOptions;
  /** All but the head, in PyTorch's order. */
  readonly body: Shapes;
  /** The layer that gives the logits: its dotted name, and the shape of its weight. */
  readonly head: { readonly name: string; readonly shape: Shape };
  /** The filter that sees the image; a network of feature vectors has none. */
  readonly input: string | undefined;
  /** How often each shape is in the body, without the input's filter and projections of shortcuts, which options change. */
  readonly fixed: ReadonlyMap<string, number>;
}

/** How often each shape is there. */
export function countShapes(shapes: Iterable<Shape>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const shape of shapes) counts.set(String(shape), (counts.get(String(shape)) ?? 0) + 1);
  return counts;
}

/** Of the zoo as it was published: building all of it takes half a second, and comparing weights with it again nothing. */
const published = new Map<string, Signature>();

/** @throws ConfigError if there is no such network. */
export function publishedSignature(name: string): Signature {
  const signature = published.get(name) ?? signatureOf(name);
  published.set(name, signature);
  return signature;
}

/** @throws ConfigError if there is no such network, or it cannot be built with these options. */
export function signatureOf(name: string, options: ModelOptions = {}): Signature {
  const model = createModel(name, options);
  const wanted = parameters(model);
  const weight = wanted.get(`${model.headName}.weight`);
  if (!weight) throw new Error(`${name} has no layer ${model.headName}, which it says is its head.`);
  const body = [...wanted].filter(([key]) => !key.startsWith(`${model.headName}.`));
  const input = body.find(([, { layout }]) => layout === 'OIHW')?.[0];
  return {
    name,
    options,
    body: new Map(body.map(([key, { shape }]) => [key, shape])),
    head: { name: model.headName, shape: weight.shape },
    input,
    fixed: countShapes(body.flatMap(([key, { shape }]) => (key === input || key.includes(SHORTCUT) ? [] : [shape]))),
  };
}

/** The same network with other projections in its shortcuts, as far as it can be built with them. */
export function withShortcuts({ name, options }: Signature): Signature[] {
  return (['A', 'B', 'C'] as const).flatMap((shortcut) => {
    try {
      return [signatureOf(name, { ...options, shortcut })];
    } catch {
      return []; // not every network has the option
    }
  });
}

/** Whether a tensor of the body can have this shape: the input's filter may have other channels. */
export function fitsBody({ body, input }: Signature, name: string, stored: Shape | undefined): boolean {
  const wanted = body.get(name);
  return (
    wanted !== undefined &&
    stored?.length === wanted.length &&
    wanted.every((side, axis) => side === stored[axis] || (name === input && axis === 1))
  );
}

/** Whether these can be the head's weight and bias, of however many classes. A 1x1 convolution and a linear layer are one. */
export function fitsHead({ head }: Signature, weight: Shape | undefined, bias: Shape | undefined): boolean {
  const [classes, features, ...window] = weight ?? [];
  return (
    features === head.shape[1] && window.length % 2 === 0 && window.every((side) => side === 1) && bias?.length === 1 && bias[0] === classes
  );
}
