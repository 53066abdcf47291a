import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { buildServiceWorker } from './build-service-worker.ts';

// What the service worker adds where a host does not send them: with them, the page may have threads.
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export default defineConfig({
  // Every address in the page is relative, so that it works below any path.
  base: './',
  plugins: [buildServiceWorker()],
  resolve: { alias: { '#photos': fileURLToPath(new URL('../../packages/testing/photos', import.meta.url)) } },
  // tfjs' backends and the weights are what they are; the page says while it loads them.
  build: { target: 'es2022', chunkSizeWarningLimit: 1500 },
  worker: { format: 'es' },
  server: { headers },
  preview: { headers },
});
