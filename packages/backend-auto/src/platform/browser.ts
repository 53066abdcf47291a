import * as tf from '@tensorflow/tfjs-core';
import { cpu, wasm, webgl, webgpu } from '../start/everywhere.ts';
import type { Platform } from './platform.ts';

export const candidates: Platform['candidates'] = [webgpu, wasm, webgl, cpu];

export const facts: Platform['facts'] = () => ({
  runtime: navigator.userAgent,
  system: navigator.platform,
  cores: navigator.hardwareConcurrency,
  versions: { '@tensorflow/tfjs-core': tf.version_core },
});
