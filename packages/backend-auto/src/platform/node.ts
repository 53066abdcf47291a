import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendName, Candidate } from '../backend-name.ts';
import { cpu, wasm, webgpu } from '../start/everywhere.ts';
import { optional } from '../start/optional.ts';
import type { Platform } from './platform.ts';

const native = (backend: BackendName, gpu: boolean): Candidate => ({
  backend,
  registered: 'tensorflow',
  async start() {
    const { useNode } = await optional('@resnetjs/backend-node', () => import('@resnetjs/backend-node'));
    const { tensorflow, dispose } = await useNode({ gpu });
    const description = `libtensorflow ${tensorflow} on the ${gpu ? 'GPU' : 'CPU'}`;
    return { description, abilities: gpu ? ['gpu', 'float32'] : ['threads', 'float32'], dispose };
  },
});

export const candidates: Platform['candidates'] = [native('node-gpu', true), webgpu, native('node', false), wasm, cpu];

const PACKAGES = [
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-webgpu',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
  'webgpu',
];

/** Of CPUs' many features those that decide how fast kernels run. */
const FEATURES = ['sse4_2', 'avx', 'avx2', 'fma', 'avx512f', 'avx512_vnni', 'amx_tile', 'asimd', 'sve'];

export const facts: Platform['facts'] = () => {
  const [model] = cpus();
  const features = cpuFeatures();
  return {
    runtime: `Node ${process.versions.node}`,
    system: `${process.platform} ${process.arch}`,
    ...(model && { cpu: model.model.trim() }),
    ...(features && { cpuFeatures: features }),
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    versions: { '@tensorflow/tfjs-core': tf.version_core, ...installed() },
  };
};

function cpuFeatures(): string[] | undefined {
  const path = '/proc/cpuinfo';
  if (!existsSync(path)) return undefined;
  const flags = new Set(/^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync(path, 'utf8'))?.[1]?.split(' '));
  return FEATURES.filter((feature) => flags.has(feature));
}

function installed(): Record<string, string> {
  // From where the application is, for the packages of the backends are its own.
  const require = createRequire(`${process.cwd()}/package.json`);
  const version = (name: string): [string, string][] => {
    try {
      const paths = require.resolve.paths(name) ?? [];
      const manifest = paths.map((path) => `${path}/${name}/package.json`).find(existsSync);
      return manifest ? [[name, (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version]] : [];
    } catch {
      return [];
    }
  };
  return Object.fromEntries(PACKAGES.flatMap(version));
}
