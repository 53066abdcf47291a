import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  // Every address in the page is relative, so that it works below any path.
  base: './',
  resolve: { alias: { '#photos': fileURLToPath(new URL('../../packages/testing/photos', import.meta.url)) } },
  // tfjs' backend and the weights are what they are; the page says while it loads them.
  build: { target: 'es2022', chunkSizeWarningLimit: 1500 },
});
