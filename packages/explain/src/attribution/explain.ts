import { gradientsOf, type Module, optimizeForInference, type Pixels, type TraceNode } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { ExplainError } from '../explain-error.ts';
import { type Explainable, type Explained, explainable, type PhotoView, type PreparedImages, type Region } from '../explainable.ts';
import { type Layer, spatialLayer } from '../pass/layer.ts';
import { besides, type RunOptions, relusOf, run, type WrittenPass, writtenPass } from '../pass/written-pass.ts';
import { activationMap, CLASS_ACTIVATION_METHODS, type ClassActivationMethod, eigenMap, needsGradient } from './class-activation.ts';
import { type Grid, ontoPhoto } from './grid.ts';
import {
  occlusion,
  PERTURBATION_METHODS,
  type PerturbationMethod,
  type PerturbationOptions,
  type PerturbedImage,
  rise,
  type Scorer,
  scoreCam,
} from './perturbation.ts';
import { type Completeness, PIXEL_METHODS, type PixelMethod, type PixelOptions, pixelMap } from './pixel-gradients.ts';
import { bestOf, type Classes, classesOf, labelOf, probabilityOf, scoreOf, scoreWeights, type Target, targetIndex } from './target.ts';

/** Ways to ask where a network looks. */
export type Method = ClassActivationMethod | PixelMethod | PerturbationMethod;

/** All of them, the usual one first. */
export const METHODS: readonly Method[] = [...CLASS_ACTIVATION_METHODS, ...PIXEL_METHODS, ...PERTURBATION_METHODS];

export interface ExplainOptions extends PixelOptions, PerturbationOptions {
  /** Default `'grad-cam'`. */
  readonly method?: Method;
  /** The class that is asked about, or several. Default: what each image is taken for. */
  readonly target?: Target | readonly Target[] | undefined;
  /** Of methods that look at one: the dotted name of a module, `layer3.1`. Default: the last that has space. */
  readonly layer?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where a network looks in one image for one class. */
export interface Explanation {
  readonly method: Method;
  /** `[height,width]` row-major, on the pixels of the photo; 0 where the network was shown nothing. In units of the method's own. */
  readonly map: Float32Array;
  readonly width: number;
  readonly height: number;
  /** The part of the photo that the network was shown. */
  readonly view: Region;
  /** The map as it was made: on the layer's grid, or on the prepared image's, over the view. */
  readonly coarse: Grid;
  /** The class's place in the output. */
  readonly target: number;
  /** Its name, or its place where it has none. */
  readonly label: string;
  /** Its logit. */
  readonly score: number;
  /** Its probability, 0 to 1. */
  readonly probability: number;
  /** The layer whose output was looked at. */
  readonly layer?: string;
  /** Of `integrated-gradients`. */
  readonly completeness?: Completeness;
}

/**
 * Where a network looks: for each pixel of the photo, how much it speaks for a class.
 *
 * @param network what `loadNetwork` gives, a model of the zoo or one of your own
 * @param image a photo, or several, as the network prepares them; or what `preprocess` made of one or several, which gives a list. A list of
 *   images gives a list, a list of targets a list for each image.
 * @throws ExplainError naming what cannot be: a layer or a class that is not there, a layer without space, a folded predictor.
 */
export async function explain(
  network: Explained,
  images: PreparedImages,
  options: ExplainOptions & { readonly target: readonly Target[] },
): Promise<Explanation[][]>;
export async function explain(
  network: Explained,
  images: PreparedImages,
  options?: ExplainOptions & { readonly target?: Target | undefined },
): Promise<Explanation[]>;
export async function explain<Image>(
  network: Explainable<Image>,
  images: readonly Image[],
  options: ExplainOptions & { readonly target: readonly Target[] },
): Promise<Explanation[][]>;
export async function explain<Image>(
  network: Explainable<Image>,
  images: readonly Image[],
  options?: ExplainOptions & { readonly target?: Target | undefined },
): Promise<Explanation[]>;
export async function explain<Image>(
  network: Explainable<Image>,
  image: Image,
  options: ExplainOptions & { readonly target: readonly Target[] },
): Promise<Explanation[]>;
export async function explain<Image>(
  network: Explainable<Image>,
  image: Image,
  options?: ExplainOptions & { readonly target?: Target | undefined },
): Promise<Explanation>;
export async function explain<Image>(
  network: Explained<Image>,
  images: Image | readonly Image[] | PreparedImages,
  options: ExplainOptions = {},
): Promise<Explanation | Explanation[] | Explanation[][]> {
  const { method = 'grad-cam', target, signal } = options;
  if (!METHODS.includes(method)) throw new ExplainError(`method '${method}': there is none of that name; there are ${METHODS.join(', ')}.`);
  const asked = explainable(network);
  const prepared = await prepare(asked, images, signal);
  const found = await explainPrepared(asked, prepared, options);
  const several = Array.isArray(target);
  const results = several ? found : found.map(([only]) => only as Explanation);
  return isPrepared(images) || Array.isArray(images)
    ? (results as Explanation[] | Explanation[][])
    : (results[0] as Explanation | Explanation[]);
}

/** RGB images have data, too, but no shape. */
export const isPrepared = (images: unknown): images is PreparedImages =>
  typeof images === 'object' && images !== null && 'shape' in images && 'data' in images;

/** Photos as the model takes them. @throws ExplainError where nothing says how. */
export async function prepare<Image>(
  network: Explainable<Image>,
  images: Image | readonly Image[] | PreparedImages,
  signal: AbortSignal | undefined,
): Promise<PreparedImages> {
  if (isPrepared(images)) return checked(images);
  if (!network.prepare)
    throw new ExplainError(
      `${network.model.kind}: nothing says how photos are prepared for it. ` +
        'Give what preprocess() of @resnetjs/data makes of them, or a network of loadNetwork().',
    );
  const list = Array.isArray(images) ? (images as readonly Image[]) : [images as Image];
  if (list.length === 0) throw new ExplainError('explain: expected an image or a list of images, but the list is empty.');
  return checked(await network.prepare(list, { signal }));
}

function checked(images: PreparedImages): PreparedImages {
  const { data, shape, photos } = images;
  const size = shape.reduce((product, d) => product * d, 1);
  if (shape.length !== 4 || size !== data.length || size === 0)
    throw new ExplainError(`explain: expected prepared images [N,H,W,C] but received ${data.length} numbers as [${shape.join(',')}].`);
  if (photos && photos.length !== shape[0])
    throw new ExplainError(`explain: ${shape[0]} prepared images, but the places of ${photos.length} in their photos.`);
  return images;
}

/** What one call of `explain` knows. */
interface Run extends RunOptions {
  readonly network: Explainable;
  readonly pass: WrittenPass;
  /** `[N,H,W,C]` */
  readonly images: Pixels;
  readonly options: ExplainOptions;
  readonly check: () => void;
}

/** A map before it is laid onto a photo. */
interface Found {
  readonly grid: Grid;
  readonly completeness?: Completeness;
}

/**
 * The same for images that are prepared; for each image a list, of all targets.
 *
 * @param values in the place of parameters' own
 */
export async function explainPrepared(
  network: Explainable,
  images: PreparedImages,
  options: ExplainOptions,
  { values }: RunOptions = {},
): Promise<Explanation[][]> {
  const { method = 'grad-cam', signal } = options;
  const [, height = 1, width = 1] = images.shape;
  const pass = writtenPass(network.model, [1, ...images.shape.slice(1)]);
  if (pass.output.shape.length !== 2)
    throw new ExplainError(
      `${network.model.kind}: expected a network that gives logits [N,classes], but it gives [${pass.output.shape.join(',')}].`,
    );
  const run: Run = { network, pass, images, options, check: () => signal?.throwIfAborted(), ...(values && { values }) };
  run.check();
  const { found, logits, targets, classes, layer } = await mapsOf(run, method);
  return found.map((ofImage, i) =>
    ofImage.map(({ grid, completeness }, t): Explanation => {
      const photo: PhotoView = images.photos?.[i] ?? { width, height, view: { left: 0, top: 0, width, height } };
      const target = (targets[i] as number[])[t] as number;
      const outputs = logits[i] as Float32Array;
      return {
        method,
        map: ontoPhoto(grid, photo).data,
        width: photo.width,
        height: photo.height,
        view: photo.view,
        coarse: grid,
        target,
        label: labelOf(classes, target),
        score: scoreOf(outputs, target, classes),
        probability: probabilityOf(outputs, target, classes),
        ...(layer && { layer: layer.name }),
        ...(completeness && { completeness }),
      };
    }),
  );
}

interface Maps {
  readonly found: readonly (readonly Found[])[];
  readonly logits: readonly Float32Array[];
  readonly targets: readonly (readonly number[])[];
  readonly classes: Classes;
  readonly layer?: Layer;
}

function mapsOf(run: Run, method: Method): Promise<Maps> {
  if (isOneOf(CLASS_ACTIVATION_METHODS, method)) return classActivations(run, method);
  return isOneOf(PIXEL_METHODS, method) ? pixelGradients(run, method) : perturbations(run, method);
}

const isOneOf = <T extends string>(names: readonly T[], name: string): name is T => (names as readonly string[]).includes(name);

/** The classes of an image list that are asked about, as places in the output. */
function targetsOf({ network, options: { target } }: Run, logits: readonly Float32Array[]): { targets: number[][]; classes: Classes } {
  const classes = classesOf(network, (logits[0] as Float32Array).length);
  if (target === undefined) return { targets: logits.map((outputs) => [bestOf(outputs, classes)]), classes };
  const list = (Array.isArray(target) ? target : [target]) as readonly Target[];
  if (list.length === 0) throw new ExplainError('explain: the list of targets is empty.');
  const places = list.map((one) => targetIndex(one, classes));
  return { targets: logits.map(() => places), classes };
}

/** The n rows of a tensor `[n, …]`, which is freed. */
async function rowsOf(x: tf.Tensor): Promise<Float32Array[]> {
  try {
    const values = (await x.data()) as Float32Array;
    const [count = 1] = x.shape;
    const size = values.length / count;
    return Array.from({ length: count }, (_, i) => values.slice(i * size, (i + 1) * size));
  } finally {
    x.dispose();
  }
}

async function classActivations(context: Run, method: ClassActivationMethod): Promise<Maps> {
  const { pass, images, options, values } = context;
  const layer = spatialLayer(pass, options.layer);
  const others = besides(layer.node, pass.output);
  const wanted = [layer.node, ...others];
  const known = tf.tidy(() => run(new Map([[pass.input, tf.tensor(images.data, [...images.shape])]]), wanted, values ? { values } : {}));
  const before = new Map(wanted.map((node, i) => [node, known[i] as tf.Tensor]));
  const [activations] = known as [tf.Tensor4D];
  const behind = (given: ReadonlyMap<TraceNode, tf.Tensor>): tf.Tensor =>
    run(given, [pass.output], values ? { values } : {})[0] as tf.Tensor;
  try {
    const logits = await rowsOf(tf.tidy(() => behind(before)));
    const { targets, classes } = targetsOf(context, logits);
    const [, height = 1, width = 1] = activations.shape;
    const grid = (data: Float32Array): Found => ({ grid: { width, height, data } });
    if (!needsGradient(method)) {
      const maps = (await rowsOf(tf.clone(activations))).map((values) => grid(eigenMap(values, width * height)));
      return { found: maps.map((map, i) => (targets[i] as number[]).map(() => map)), logits, targets, classes, layer };
    }
    const found: Found[][] = targets.map(() => []);
    for (let t = 0; t < (targets[0] as number[]).length; t++) {
      context.check();
      const map = tf.tidy(() => {
        const asked = tf.stack(
          targets.map((ofImage) => tf.tensor1d(scoreWeights(ofImage[t] as number, (logits[0] as Float32Array).length, classes))),
        );
        const { gradients } = gradientsOf(() => tf.sum(tf.mul(behind(before), asked)), [activations]);
        return activationMap(method, activations, (gradients[0] ?? tf.zerosLike(activations)) as tf.Tensor4D);
      });
      for (const [i, data] of (await rowsOf(map)).entries()) (found[i] as Found[]).push(grid(data));
    }
    return { found, logits, targets, classes, layer };
  } finally {
    tf.dispose(known);
  }
}

/** Each image's outputs. */
const logitsOf = ({ pass, images, values }: Run): Promise<Float32Array[]> =>
  rowsOf(
    tf.tidy(
      () =>
        run(new Map([[pass.input, tf.tensor(images.data, [...images.shape])]]), [pass.output], values ? { values } : {})[0] as tf.Tensor,
    ),
  );

async function pixelGradients(context: Run, method: PixelMethod): Promise<Maps> {
  const { pass, images, options, values, check } = context;
  if (method === 'guided-backprop' && relusOf(pass).length === 0)
    throw new ExplainError(
      `guided-backprop: ${pass.model.kind} has no ReLU whose gradient could be guided. Take another method, such as smooth-grad.`,
    );
  const logits = await logitsOf(context);
  const { targets, classes } = targetsOf(context, logits);
  const [count = 1, height = 1, width = 1] = images.shape;
  const shape = [1, ...images.shape.slice(1)];
  const size = images.data.length / count;
  const found: Found[][] = [];
  for (const [i, ofImage] of targets.entries()) {
    const maps: Found[] = [];
    for (const target of ofImage) {
      check();
      const { data, completeness } = await pixelMap(method, {
        ...options,
        pass,
        image: images.data.subarray(i * size, (i + 1) * size),
        shape,
        weights: scoreWeights(target, (logits[0] as Float32Array).length, classes),
        check,
        ...(values && { values }),
      });
      maps.push({ grid: { width, height, data }, ...(completeness && { completeness }) });
    }
    found.push(maps);
  }
  return { found, logits, targets, classes };
}

async function perturbations(context: Run, method: PerturbationMethod): Promise<Maps> {
  const { pass, images, options, values, check } = context;
  const layer = method === 'score-cam' ? spatialLayer(pass, options.layer) : undefined;
  const logits = await logitsOf(context);
  const { targets, classes } = targetsOf(context, logits);
  const shape = [1, ...images.shape.slice(1)];
  const size = images.data.length / (images.shape[0] as number);
  const forward = forwardMany(context, shape);
  try {
    const found: Found[][] = [];
    for (const [i, ofImage] of targets.entries()) {
      check();
      const image: PerturbedImage = { image: images.data.subarray(i * size, (i + 1) * size), shape, outputs: forward.outputs };
      const scorers = ofImage.map(
        (target): Scorer => ({
          score: (outputs) => scoreOf(outputs, target, classes),
          probability: (outputs) => probabilityOf(outputs, target, classes),
        }),
      );
      const grids =
        layer === undefined
          ? await (method === 'rise' ? rise : occlusion)(image, scorers, options)
          : await scoreCam(image, scorers, await activationsOf(pass, layer, image, values));
      found.push(grids.map((grid) => ({ grid })));
    }
    return { found, logits, targets, classes, ...(layer && { layer }) };
  } finally {
    forward.dispose();
  }
}

async function activationsOf(
  { input }: WrittenPass,
  { node }: Layer,
  { image, shape }: PerturbedImage,
  values: RunOptions['values'],
): Promise<Grid> {
  const [data] = await rowsOf(
    tf.tidy(() => run(new Map([[input, tf.tensor(image, [...shape])]]), [node], values ? { values } : {})[0] as tf.Tensor),
  );
  return { data: data as Float32Array, width: node.shape[2] as number, height: node.shape[1] as number };
}

/** Many forward passes: through the folded network, which is made for them and freed. */
export function forwardMany(
  { pass, options: { batch = 16 }, values, check }: Pick<Run, 'pass' | 'options' | 'values' | 'check'>,
  shape: readonly number[],
): { readonly outputs: PerturbedImage['outputs']; dispose(): void } {
  const predictor = values ? undefined : optimizeForInference(pass.model, shape);
  const model: Pick<Module, 'forward'> = predictor ?? {
    forward: (x) => run(new Map([[pass.input, x]]), [pass.output], values ? { values } : {})[0] as tf.Tensor,
  };
  const size = shape.reduce((product, d) => product * d, 1);
  return {
    async outputs(count, write) {
      const results: Float32Array[] = [];
      for (let start = 0; start < count; start += batch) {
        check();
        const n = Math.min(batch, count - start);
        const pixels = new Float32Array(n * size);
        for (let i = 0; i < n; i++) write(start + i, pixels.subarray(i * size, (i + 1) * size));
        results.push(...(await rowsOf(tf.tidy(() => model.forward(tf.tensor(pixels, [n, ...shape.slice(1)]), 'eval')))));
      }
      return results;
    },
    dispose: () => predictor?.dispose(),
  };
}
