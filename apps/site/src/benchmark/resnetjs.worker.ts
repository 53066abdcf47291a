import { useWasm } from '@resnetjs/backend-wasm';
import { serve } from './run.ts';

await serve(async () => {
  const { threads, simd, relaxedSimd } = await useWasm({ everyOp: false });
  return `${threads} ${threads === 1 ? 'thread' : 'threads'}, ${relaxedSimd ? 'relaxed SIMD' : simd ? 'SIMD' : 'no SIMD'}`;
});
