#!/usr/bin/env node
// `build-kernels` in a package's folder: makes what its `kernels.config.ts` lists. Vite runs the TypeScript, which Node 20 cannot.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const { module } = await runnerImport(fileURLToPath(new URL('../src/build-kernels.ts', import.meta.url)), { logLevel: 'warn' });
await module.buildKernels(process.cwd());
