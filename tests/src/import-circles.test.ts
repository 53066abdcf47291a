import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { packages, root, sources } from './workspace.ts';

/** The files that a file runs before itself: what it imports of its own package, types aside. */
const runsFirst = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)\s+(?!type\s)(?:[^'";]*?from\s*)?'(\.[^']+)';/gm)].map(([, path]) =>
    resolve(file, '..', path as string),
  );

/** The first files that run each other, each naming the next; none where an order exists in which all can run. */
function circle(files: readonly string[], importsOf: (file: string) => readonly string[]): readonly string[] {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const next of importsOf(file)) {
      const found = visit(next, [...path, file]);
      if (found.length) return found;
    }
    done.add(file);
    return [];
  };
  for (const file of files) {
    const found = visit(file, []);
    if (found.length) return found;
  }
  return [];
}

test('a circle is found, and its files are named in order', () => {
  const graph: Record<string, string[]> = { a: ['b'], b: ['c', 'd'], c: [], d: ['b'] };
  expect(circle(Object.keys(graph), (file) => graph[file] as string[])).toEqual(['b', 'd', 'b']);
});

test.each(packages.map(({ manifest, folder }) => [manifest.name, folder] as const))(
  '%s has no circle of imports but of types',
  (_, folder) => {
    const files = sources(folder).filter((file) => file.endsWith('.ts'));
    const known = new Set(files);
    expect(circle(files, (file) => runsFirst(file).filter((path) => known.has(path))).map((file) => relative(root, file))).toEqual([]);
  },
);
