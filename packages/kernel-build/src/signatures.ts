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
 * @returns a module that exports `KERNEL_PARAMETERS`: by kernel, the names of its parameters after chunk and thread, in order.
 * @throws Error if a kernel is not found where it is exported from.
 */
export function kernelSignatures(source: string, folder: string): string {
  const lines = exportsOf(join(folder, source)).flatMap(({ name, file }) => {
    const names = parametersOf(name, file);
    if (!names) throw new Error(`${source} exports ${name} from ${file}, which has no such function.`);
    if (!/^_?chunk$/.test(names[0] ?? '')) return []; // computes no chunk: not run by threads
    return [
      `  ${name}: [${names
        .slice(CHUNK_AND_THREAD)
        .map((parameter) => `'${parameter}'`)
        .join(', ')}],`,
    ];
  });
  return `// Made by build-kernels from ${source}. Not in git.\nexport const KERNEL_PARAMETERS = {\n${lines.join('\n')}\n} as const;\n`;
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
