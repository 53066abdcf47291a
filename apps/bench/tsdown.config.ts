/** Programs for Node, never published. */
export default {
  entry: [
    'src/main.ts',
    'src/data/main.ts',
    'src/data/loader.ts',
    'src/data/loading-share.ts',
    'src/memory/main.ts',
    'src/contestants/resnetjs.ts',
    'src/contestants/tfjs-wasm.ts',
    'src/contestants/onnxruntime-web.ts',
  ],
  format: 'esm',
  platform: 'node',
  target: 'node20',
  dts: false,
  fixedExtension: false,
  logLevel: 'warn',
};
