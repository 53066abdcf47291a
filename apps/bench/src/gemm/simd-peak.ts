import { compileAssemblyScript } from '@resnetjs/kernel-build';

/** Chains of sums and products that do not wait for each other, as many as fit V8's 15 vector registers. */
const CHAINS = 12;
const LANES = 4;

/** Runs 128-bit arithmetic that touches no memory. @returns floating-point operations done. */
export type Peak = (passes: number) => number;

/**
 * What 128-bit SIMD of this engine can do at best: as many additions as multiplications, or fused ones, in registers alone.
 *
 * @param fused whether the engine has relaxed SIMD's multiply-add
 */
export async function simdPeak({ fused }: { fused: boolean }): Promise<Peak> {
  const chains = Array.from({ length: CHAINS }, (_, i) => i);
  const link = (i: number) => {
    if (fused) return `c${i} = f32x4.relaxed_madd(a, b, c${i});`;
    return i % 2 === 0 ? `c${i} = f32x4.add(c${i}, a);` : `c${i} = f32x4.mul(c${i}, a);`;
  };
  // Two rounds of the chains a pass hide its counting; of fused ones, which are half as fast, one does.
  const links = Array.from({ length: fused ? 1 : 2 }, () => chains.map(link)).flat();
  // Arguments, for V8 makes constants anew at every use.
  const source = `export function run(passes: i32, x: f32, y: f32): f32 {
    const a = f32x4.splat(x);
    const b = f32x4.splat(y);
    ${chains.map((i) => `let c${i} = f32x4.splat(1.${i});`).join('\n')}
    for (let i = 0; i < passes; i++) {
      ${links.join('\n')}
    }
    let sum = b;
    ${chains.map((i) => `sum = f32x4.add(sum, c${i});`).join('\n')}
    return f32x4.extract_lane(sum, 0);
  }`;
  const binary = await compileAssemblyScript('peak.ts', {
    folder: '.',
    options: ['--enable', 'simd', ...(fused ? ['--enable', 'relaxed-simd'] : [])],
    sources: { 'peak.ts': source },
  });
  const { instance } = await WebAssembly.instantiate(binary);
  const run = instance.exports.run as (passes: number, x: number, y: number) => number;
  return (passes) => {
    run(passes, 1.0000001, 1e-7);
    return passes * links.length * LANES * (fused ? 2 : 1);
  };
}
