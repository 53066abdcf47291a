import weights from 'resnetjs/models/resnet20-cifar10.safetensors?url';

/** Where the ResNet-20 for CIFAR-10 that comes with `resnetjs` is: a file beside this page. */
export const shippedWeights = (): string => new URL(weights, document.baseURI).href;
