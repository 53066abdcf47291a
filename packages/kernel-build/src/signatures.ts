import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** What every kernel is given first: which chunk of its work it computes, and on which thread. */
const CHUNK_AND_THREAD = 2;

/**
 * The names of the kernels' parameters, as a TypeScript module: what calls a kernel then names its arguments, and a compiler finds one that
 * is missing, or that the kernel does not have.
 *
 * @param source the module that exports the kernels again, each from a file beside it
 * @returns a module that exports `KERNEL_PARAMETERS`: by kernel, the names of its parameters after chunk and thread, in order; and
 *   `FUNCTION_PARAMETERS`, of what computes no chunk.
 * @throws Error if a kernel is not found where it is exported from.
 */
export function kernelSignatures(source: string, folder: string): string {
  const functions = exportsOf(join(folder, source)).map(({ name, file }) => {
    const names = parametersOf(name, file);
    if (!names) throw new Error(`${source} exports ${name} from ${file}, which has no such function.`);
    return { name, names, isKernel: /^_?chunk$/.test(names[0] ?? '') };
  });
  const table = (title: string, rows: readonly { readonly name: string; readonly names: readonly string[] }[]) =>
    `export const ${title} = {\n${rows.map(({ name, names }) => `  ${name}: [${names.map((parameter) => `'${parameter}'`).join(', ')}],\n`).join('')}} as const;\n`;
  const kernels = functions.filter(({ isKernel }) => isKernel).map(({ name, names }) => ({ name, names: names.slice(CHUNK_AND_THREAD) }));
  return [
    `// Made by build-kernels from ${source}. Not in git.\n`,
    table('KERNEL_PARAMETERS', kernels),
    table(
      'FUNCTION_PARAMETERS',
      functions.filter(({ isKernel }) => !isKernel),
    ),
  ].join('');
}

const parse = (file: string) => ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);

function exportsOf(file: string): { readonly name: string; readonly file: string }[] {
  return parse(file).statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause || !ts.isNamedExports(statement.exportClause)) return [];
    const from = join(dirname(file), `${(statement.moduleSpecifier as ts.StringLiteral).text}.ts`);
    return statement.exportClause.elements.map(({ name }) => ({ name: name.text, file: from }));
  });
}

function parametersOf(name: string, file: string): string[] | undefined {
  const found = parse(file).statements.find((statement) => ts.isFunctionDeclaration(statement) && statement.name?.text === name);
  return (found as ts.FunctionDeclaration | undefined)?.parameters.map((parameter) => (parameter.name as ts.Identifier).text);
}
