import { createRequire } from 'node:module';

/** The network whose weights come with this package. */
export const SHIPPED_ARCHITECTURE = 'resnet20_cifar';

/** Where they are: a ResNet-20 for CIFAR-10, in safetensors with its manifest. */
export const shippedCheckpoint = (): string => createRequire(import.meta.url).resolve('resnetjs/models/resnet20-cifar10.safetensors');
