// Compiles each of kernels/ with AssemblyScript into src/kernels/NAME.generated.ts, as base64: no asset to serve, in any
// bundler. The result is in git, so that the sources run without a build; a test compiles again and compares.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** The modules that are compiled; the others of kernels/ are parts of these. */
export const kernels = ['resample', 'jpeg'];

/** The text of a generated module. */
export async function compileKernel(name) {
  let binary = new Uint8Array();
  const { error, stderr } = await asc.main(
    [`kernels/${name}.ts`, '--outFile', 'out.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--baseDir', folder],
    {
      writeFile: (_, contents) => {
        binary = contents;
      },
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return `// Made by scripts/build-kernels.mjs from kernels/${name}.ts: ${binary.length} bytes of WebAssembly.
export const binary =\n  '${Buffer.from(binary).toString('base64')}';\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of kernels) {
    writeFileSync(`${folder}/src/kernels/${name}.generated.ts`, await compileKernel(name));
  }
}
