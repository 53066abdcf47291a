import { useWasm } from '@resnetjs/backend-wasm';
import { onCurrentBackend } from './resnet18.ts';
import { serve } from './run.ts';

await serve(async () => {
  const { threads, simd, relaxedSimd } = await useWasm({ everyOp: false });
  const about = `${threads} ${threads === 1 ? 'thread' : 'threads'}, ${relaxedSimd ? 'relaxed SIMD' : simd ? 'SIMD' : 'no SIMD'}`;
  return { about, run: onCurrentBackend() };
});
