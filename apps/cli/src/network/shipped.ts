import { createRequire } from 'node:module';

export { SHIPPED_ARCHITECTURE } from './shipped-name.ts';

/** Where they are: a ResNet-20 for CIFAR-10, in safetensors with its manifest. */
export const shippedCheckpoint = (): string => createRequire(import.meta.url).resolve('resnetjs/models/resnet20-cifar10.safetensors');
