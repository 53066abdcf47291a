import { defineConfig } from 'tsdown';

/** What every published package is: ESM for any platform, with types and source maps. */
export const library = (entry: string[] = ['src/index.ts']) =>
  defineConfig({
    entry,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    dts: true,
    sourcemap: true,
    fixedExtension: false,
    logLevel: 'warn',
  });
