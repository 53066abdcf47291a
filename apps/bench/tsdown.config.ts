import { script } from '../../tsdown.config.base.ts';

export default script([
  'src/main.ts',
  'src/gemm/main.ts',
  'src/tiles/main.ts',
  'src/data/main.ts',
  'src/data/loader.ts',
  'src/data/loading-share.ts',
  'src/data/jpeg-decoders.ts',
  'src/memory/main.ts',
  'src/depth/main.ts',
  'src/contestants/resnetjs.ts',
  'src/contestants/resnetjs-int8.ts',
  'src/contestants/tfjs-wasm.ts',
  'src/contestants/onnxruntime-web.ts',
  'src/contestants/onnxruntime-web-int8.ts',
  'src/contestants/libtensorflow.ts',
  'src/contestants/registers.ts',
]);
