import type { KernelsConfig } from '@resnetjs/kernel-build';
import { tilesSource } from './tiles/index.ts';

const options = [
  ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
  ...['--enable', 'simd', '--enable', 'threads'],
];

/** The kernels, once for plain SIMD and once with fused multiply-add. */
export default {
  generated: { 'kernels/tiles.generated.ts': tilesSource },
  modules: [
    { source: 'kernels/index.ts', to: 'src/kernels-simd.generated.ts', options },
    { source: 'kernels/index.ts', to: 'src/kernels-relaxed-simd.generated.ts', options: [...options, '--enable', 'relaxed-simd'] },
  ],
} satisfies KernelsConfig;
