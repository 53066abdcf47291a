import type { Method } from '@resnetjs/explain';

/** How a method is told about. */
export interface MethodWords {
  readonly title: string;
  readonly words: string;
  /** Whether it looks at one layer, which can be chosen. */
  readonly ofLayer: boolean;
  /** Whether it takes many passes. */
  readonly slow: boolean;
}

const quickOfLayer = { ofLayer: true, slow: false };
const quick = { ofLayer: false, slow: false };
const slow = { ofLayer: false, slow: true };

/** Every method, the usual one first. Its names alone are imported, so that the page itself does not load what computes. */
export const METHOD_WORDS: Readonly<Record<Method, MethodWords>> = {
  'grad-cam': {
    title: 'Grad-CAM',
    words: 'The layer’s channels, each weighed by how much the class’s score rises with it.',
    ...quickOfLayer,
  },
  'grad-cam++': { title: 'Grad-CAM++', words: 'Grad-CAM that also counts a thing which is there more than once.', ...quickOfLayer },
  'hires-cam': { title: 'HiResCAM', words: 'Each place of each channel, weighed by its own gradient.', ...quickOfLayer },
  'layer-cam': { title: 'Layer-CAM', words: 'The same of what speaks for the class alone: good for early, fine layers.', ...quickOfLayer },
  'eigen-cam': { title: 'Eigen-CAM', words: 'What the layer’s channels have most in common, whatever the class.', ...quickOfLayer },
  saliency: { title: 'Saliency', words: 'How much the score changes with each pixel.', ...quick },
  'input-x-gradient': {
    title: 'Input × gradient',
    words: 'The same times the pixel: what it adds to the score or takes from it.',
    ...quick,
  },
  'guided-backprop': {
    title: 'Guided backpropagation',
    words: 'The gradient without whatever speaks against. Sharp, but it shows edges of the image as much as what the network learned.',
    ...quick,
  },
  'smooth-grad': { title: 'SmoothGrad', words: 'Saliency, averaged over 50 noisy copies of the photo.', ...slow },
  'integrated-gradients': {
    title: 'Integrated gradients',
    words: 'Gradients on the way from grey to the photo, in 50 steps: together they make the whole score.',
    ...slow,
  },
  'score-cam': {
    title: 'Score-CAM',
    words: 'The layer’s channels, weighed by the score of what each lets through.',
    ofLayer: true,
    slow: true,
  },
  occlusion: { title: 'Occlusion', words: 'How much the score falls where a grey square hides a part.', ...slow },
  rise: { title: 'RISE', words: 'A thousand random masks, weighed by what the network still sees behind each.', ...slow },
};
