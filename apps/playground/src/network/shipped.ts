import weights from 'resnetjs/models/resnet20-cifar10.safetensors?url';
import { type Classifier, loadClassifier } from './classifier.ts';

/** The ResNet-20 for CIFAR-10 that comes with `resnetjs`, a file beside this page. */
export const loadShipped = (): Promise<Classifier> => loadClassifier(new URL(weights, document.baseURI));
