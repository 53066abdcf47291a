// Compiles kernels/ with AssemblyScript, once for plain SIMD and once with fused multiply-add, each into a TypeScript file
// that holds the binary as text: no asset path to configure, in any bundler. As hexadecimal, for compressed on its way to a page it takes
// half of what base64 takes, which hides where bytes begin.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const VARIANTS = [
  { name: 'simd', options: [] },
  { name: 'relaxed-simd', options: ['--enable', 'relaxed-simd'] },
];

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

for (const { name, options } of VARIANTS) {
  const bytes = await compile(name, ...options);
  const text = Buffer.from(bytes).toString('hex');
  const file = `kernels-${name}.generated.ts`;
  writeFileSync(
    `${folder}/src/${file}`,
    `// Made by scripts/build-kernels.mjs from kernels/. Not in git.\nexport const hex =\n  '${text}';\n`,
  );
  console.log(`${file}: ${bytes.length} bytes`);
}
