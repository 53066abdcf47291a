export type { KernelModule, KernelsConfig } from './build-kernels.ts';
export { compileAssemblyScript } from './compile.ts';
