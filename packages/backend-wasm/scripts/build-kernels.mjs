// Compiles kernels/ with AssemblyScript, once for plain SIMD and once with fused multiply-add, into one TypeScript file
// that holds both binaries as base64: no asset path to configure, in any bundler.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('..', import.meta.url));

async function compile(name, ...extra) {
  let binary;
  const { error, stderr } = await asc.main(
    [
      'kernels/index.ts',
      ...['--outFile', `${name}.wasm`, '-O3', '--noAssert', '--runtime', 'stub'],
      ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
      ...['--enable', 'simd', '--enable', 'threads', ...extra],
      ...['--baseDir', folder],
    ],
    {
      writeFile: (_, contents) => {
        binary = contents;
      },
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return binary;
}

const toBase64 = (bytes) => Buffer.from(bytes).toString('base64');
const simd = await compile('simd');
const relaxedSimd = await compile('relaxed-simd', '--enable', 'relaxed-simd');

writeFileSync(
  `${folder}/src/kernels.generated.ts`,
  `// Made by scripts/build-kernels.mjs from kernels/. Not in git.
/** ${simd.length} bytes. */
export const simd =\n  '${toBase64(simd)}';
/** ${relaxedSimd.length} bytes. */
export const relaxedSimd =\n  '${toBase64(relaxedSimd)}';
`,
);
console.log(`kernels: ${simd.length} bytes with SIMD, ${relaxedSimd.length} with relaxed SIMD`);
