import { breathe } from '../breathe.ts';
import { ExplainError } from '../explain-error.ts';
import { type Explainable, type Explained, explainable, type PhotoView, type PreparedImages } from '../explainable.ts';
import { type RunOptions, writtenPass } from '../pass/written-pass.ts';
import { CLASS_ACTIVATION_METHODS } from './class-activation.ts';
import { classActivationMaps } from './class-activation-maps.ts';
import { type ExplainOptions, type Explanation, METHODS, type Method } from './explanation.ts';
import { ontoPhoto } from './grid.ts';
import { perturbationMaps } from './perturbation-maps.ts';
import { PIXEL_METHODS } from './pixel-gradients.ts';
import { pixelMaps } from './pixel-maps.ts';
import { isPrepared, prepare } from './prepare.ts';
import type { Maps, Question } from './question.ts';
import { labelOf, probabilityOf, scoreOf, type Target } from './target.ts';

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
  const { method = 'grad-cam', onProgress, signal } = options;
  const [, height = 1, width = 1] = images.shape;
  const pass = writtenPass(network.model, [1, ...images.shape.slice(1)]);
  if (pass.output.shape.length !== 2)
    throw new ExplainError(
      `${network.model.kind}: expected a network that gives logits [N,classes], but it gives [${pass.output.shape.join(',')}].`,
    );
  const turn = async (share: number): Promise<void> => {
    if (share > 0) await breathe();
    signal?.throwIfAborted();
    onProgress?.(share);
  };
  signal?.throwIfAborted();
  const question: Question = { network, pass, images, options, turn, ...(values && { values }) };
  const { found, logits, targets, classes, layer } = await mapsOf(question, method);
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

function mapsOf(question: Question, method: Method): Promise<Maps> {
  if (isOneOf(CLASS_ACTIVATION_METHODS, method)) return classActivationMaps(question, method);
  return isOneOf(PIXEL_METHODS, method) ? pixelMaps(question, method) : perturbationMaps(question, method);
}

const isOneOf = <T extends string>(names: readonly T[], name: string): name is T => (names as readonly string[]).includes(name);
