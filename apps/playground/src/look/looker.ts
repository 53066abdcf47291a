import { classify, type Module, type Prediction, residualBlocks, skipBlocks } from '@resnetjs/core';
import { type RgbImage, resize } from '@resnetjs/data';
import { explain, featureMaps, listLayers, type Method, type PreparedImages, type Target } from '@resnetjs/explain';
import { cssGradient, endsOf, heat } from '@resnetjs/explain/picture';
import { type ImageInput, networkOf, readImage } from '@resnetjs/network';
import { describeFeatures } from '@resnetjs/zoo';
import { type ClassifierInfo, infoOfNetwork, shownLabels } from '../network/classifier.ts';
import type { Read } from '../network/network-request.ts';
import { type Channel, mostActive } from './channels.ts';

/** Pixels for a canvas, `[height,width,4]`. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** A layer whose output has space. */
export interface SpatialLayer {
  readonly name: string;
  /** `[height, width, channels]` */
  readonly shape: readonly number[];
}

/** A residual block. */
export interface SwitchedBlock {
  readonly name: string;
  /** Whether the network can do without it: a block of a plain network that changes the size of the image cannot go. */
  readonly canGo: boolean;
}

/** A network, and what there is in it to look at. */
export interface LookedInto extends ClassifierInfo {
  /** What its classes are shown as, in the order of its outputs. */
  readonly names: readonly string[];
  readonly layers: readonly SpatialLayer[];
  /** Names of those layers that end the network's stages, and of the first. */
  readonly stages: readonly string[];
  readonly blocks: readonly SwitchedBlock[];
  /** Why nothing can be looked into, and what to do; absent where it can. */
  readonly closed?: string;
}

/** A photo as it is shown, and what the network takes it for. */
export interface Opened {
  readonly picture: Pixels;
  readonly predictions: readonly Prediction[];
}

export interface HeatQuestion {
  readonly method: Method;
  /** A class by its place or its name; what the photo is taken for, where absent. */
  readonly target?: Target | undefined;
  /** By default the last that has space. */
  readonly layer?: string | undefined;
}

/** A heat map as it is laid over the picture. */
export interface HeatMap {
  readonly heat: Pixels;
  readonly target: number;
  readonly label: string;
  readonly probability: number;
  readonly layer?: string;
  /** What the ends of the colours mean, and the values that they stand for. */
  readonly ends: readonly [low: string, high: string];
  readonly range: readonly [low: number, high: number];
  /** The colours from end to end, as CSS. */
  readonly colours: string;
  readonly tookMs: number;
}

/** Looks into one network, at one photo at a time. */
export interface Looker extends LookedInto {
  /** Takes another photo. @throws ImageError if it is no image that can be read here. */
  open(photo: ImageInput): Promise<Opened>;
  heat(question: HeatQuestion, options?: { onProgress?: (share: number) => void; signal?: AbortSignal }): Promise<HeatMap>;
  /** The channels of a layer that the photo excites most, those first. */
  channels(layer: string): Promise<Channel[]>;
  /** What the photo is taken for where blocks are left out. @param names of blocks */
  predictWithout(names: readonly string[]): Promise<Prediction[]>;
  /** Frees its memory. */
  dispose(): void;
}

const TOP = 5;
/** Photos are shown no larger than this, at their longer side. */
const SIDE = 560;
/** A map has less to tell than its photo, and colouring it would take longer than the network does. */
const MAP_SIDE = 320;

/**
 * Makes a network that can be looked into, on tfjs' current backend.
 *
 * @throws NetworkError if its manifest says what cannot be done here.
 */
export async function lookerOf({ recognized, manifest }: Read): Promise<Looker> {
  const network = await networkOf(recognized, manifest);
  const { model, preprocessing, identifiers } = network;
  const info = infoOfNetwork(network);
  const names = shownLabels(info);
  const shape = [1, preprocessing.crop, preprocessing.crop, recognized.architecture.options.channels ?? 3];
  const asked = { model, labels: names, identifiers };
  let photo: PreparedImages | undefined;
  let turn = 0; // the photo that came last is looked at, however long one before it takes to read
  const opened = (): PreparedImages => {
    if (photo) return photo;
    throw new Error('There is no photo yet to look at.');
  };

  return {
    ...info,
    names,
    ...(network.precision === 'int8' ? { layers: [], stages: [], blocks: [], closed: IN_8_BITS } : partsOf(network, shape)),
    async open(input) {
      const mine = ++turn;
      const image = await readImage(input);
      const prepared = await network.prepare([image]);
      const size = within(image, SIDE);
      const picture = size.width === image.width ? image : resize(image, size);
      if (mine === turn) photo = { ...prepared, photos: prepared.photos.map((view) => onMap(view, within(image, MAP_SIDE))) };
      const [predictions = []] = await classify(network.precision === 'int8' ? network.predictor : model, prepared, names, TOP);
      return { picture: rgba(picture), predictions };
    },
    async heat({ method, target, layer }, { onProgress, signal } = {}) {
      const start = performance.now();
      const [found] = await explain(asked, opened(), {
        method,
        target,
        layer,
        ...(onProgress && { onProgress }),
        ...(signal && { signal }),
      });
      if (!found) throw new Error('The map of a photo is missing.');
      const { range, ...pixels } = heat(found);
      return {
        heat: pixels,
        range,
        target: found.target,
        label: found.label,
        probability: found.probability,
        ends: endsOf(found),
        colours: cssGradient(method),
        ...(found.layer !== undefined && { layer: found.layer }),
        tookMs: performance.now() - start,
      };
    },
    async channels(layer) {
      const [ofPhoto] = await featureMaps(asked, opened(), [layer]);
      return mostActive(ofPhoto?.[0]);
    },
    async predictWithout(gone) {
      const [predictions = []] = await classify(without(model, gone), opened(), names, TOP);
      return predictions;
    },
    dispose: network.dispose,
  };
}

const IN_8_BITS =
  'This network is in 8 bits: its norms are folded away and its weights are rounded to integers, so that it has neither gradients to ' +
  'ask nor layers to look into. It classifies as any other; to look inside, load the weights that it was quantized from.';

function partsOf(
  { model }: Awaited<ReturnType<typeof networkOf>>,
  shape: readonly number[],
): Pick<LookedInto, 'layers' | 'stages' | 'blocks'> {
  const layers = listLayers(model, shape)
    .filter(({ shape: [, height = 0, width = 0, ...channels] }) => channels.length === 1 && height * width > 1)
    .map((layer): SpatialLayer => ({ name: layer.name, shape: layer.shape.slice(1) }));
  const known = new Set(layers.map(({ name }) => name));
  const ends = describeFeatures(model, shape).flatMap(({ name }) => (known.has(name) ? [name] : []));
  return {
    layers,
    stages: [...new Set([...layers.slice(0, 1).map(({ name }) => name), ...ends])],
    blocks: [...residualBlocks(model)].map(
      ([
        name,
        {
          blockShortcut: { kind, resizes },
        },
      ]) => ({
        name,
        canGo: !(kind === 'none' && resizes),
      }),
    ),
  };
}

/** A model as it is without some blocks, while it runs. */
const without = (model: Module, names: readonly string[]): Module => ({
  kind: model.kind,
  forward(x, mode) {
    if (names.length === 0) return model.forward(x, mode);
    skipBlocks(model, names);
    try {
      return model.forward(x, mode);
    } finally {
      skipBlocks(model, names, false);
    }
  },
});

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size of an image that is no larger than a side. */
function within({ width, height }: Size, side: number): Size {
  const factor = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}

type View = NonNullable<PreparedImages['photos']>[number];

/** Which part of a map the network is shown, as it is told of the photo. */
function onMap({ width, height, view }: View, size: Size): View {
  const [x, y] = [size.width / width, size.height / height];
  return { ...size, view: { left: view.left * x, top: view.top * y, width: view.width * x, height: view.height * y } };
}

function rgba({ width, height, data }: RgbImage): Pixels {
  const pixels = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let p = 0; p < width * height; p++) for (let c = 0; c < 3; c++) pixels[4 * p + c] = data[3 * p + c] as number;
  return { width, height, data: pixels };
}
