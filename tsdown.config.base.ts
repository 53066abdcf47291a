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

/** What every program is: ESM for Node, its types of use to nobody. */
export const script = (entry: string[] = ['src/main.ts']) =>
  defineConfig({
    entry,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    dts: false,
    fixedExtension: false,
    logLevel: 'warn',
  });
