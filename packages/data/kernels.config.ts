import type { KernelsConfig } from '@resnetjs/kernel-build';

const options = ['--enable', 'simd'];

export default {
  modules: [
    { source: 'kernels/resample.ts', to: 'src/kernels/resample.generated.ts', options },
    { source: 'kernels/jpeg.ts', to: 'src/kernels/jpeg.generated.ts', options },
  ],
} satisfies KernelsConfig;
