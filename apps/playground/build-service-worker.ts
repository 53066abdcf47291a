import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { minify, type Plugin, transformWithOxc } from 'vite';

const SOURCE = fileURLToPath(new URL('./src/service-worker/service-worker.ts', import.meta.url));

/** Adds `service-worker.js` to the built page, and tells it the page's files and a version that is theirs alone. */
export const buildServiceWorker = (): Plugin => ({
  name: 'build-service-worker',
  apply: 'build',
  generateBundle: {
    order: 'post', // when all files are known
    async handler(_, bundle) {
      const hash = createHash('sha256');
      const files = Object.keys(bundle).sort();
      for (const file of files) {
        const output = bundle[file];
        hash.update(file).update((output?.type === 'chunk' ? output.code : output?.source) ?? '');
      }
      const source = await readFile(SOURCE, 'utf8');
      hash.update(source);
      const build = { version: hash.digest('hex').slice(0, 16), files };
      const { code } = await transformWithOxc(source, SOURCE);
      const script = `const BUILD = ${JSON.stringify(build)};\n${code}`;
      this.emitFile({ type: 'asset', fileName: 'service-worker.js', source: (await minify(SOURCE, script)).code });
    },
  },
});
