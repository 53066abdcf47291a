import { readFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { expect, test } from 'vitest';
import { packages, publicPackages, root, sources } from './workspace.ts';

/** What each package may import of ours, tests aside. docs/architecture.md draws it. */
const allowed: Record<string, readonly string[]> = {
  '@resnetjs/core': [],
  '@resnetjs/zoo': ['@resnetjs/core'],
  '@resnetjs/weights': ['@resnetjs/core'],
  '@resnetjs/data': [],
  '@resnetjs/train': ['@resnetjs/core', '@resnetjs/data'],
  '@resnetjs/backend-wasm': [],
  '@resnetjs/backend-node': [],
  '@resnetjs/backend-webgpu': [],
  '@resnetjs/backend-auto': ['@resnetjs/backend-wasm', '@resnetjs/backend-node', '@resnetjs/backend-webgpu'],
  '@resnetjs/network': ['@resnetjs/core', '@resnetjs/zoo', '@resnetjs/weights', '@resnetjs/data', '@resnetjs/backend-auto'],
  '@resnetjs/conformance': [
    '@resnetjs/core',
    '@resnetjs/zoo',
    '@resnetjs/train',
    '@resnetjs/testing',
    '@resnetjs/backend-wasm',
    '@resnetjs/backend-node',
    '@resnetjs/backend-webgpu',
  ],
  '@resnetjs/kernel-build': [],
  '@resnetjs/testing': [],
};

/** Ours that may be imported for their types alone: nothing of them runs. */
const typesOnly: Record<string, readonly string[]> = { '@resnetjs/weights': ['@resnetjs/core'], '@resnetjs/train': ['@resnetjs/data'] };

const backends = /^(@resnetjs\/backend-|@tensorflow\/tfjs-(backend|node))/;

interface Import {
  readonly from: string;
  readonly what: string;
  readonly typeOnly: boolean;
}

const importsOf = (file: string): Import[] => {
  const statements = readFileSync(file, 'utf8').matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?(?:[^'";]*?from\s*)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
  );
  return [...statements].map(([, typeOnly, named, dynamic]) => ({
    from: relative(root, file),
    what: (named ?? dynamic) as string,
    typeOnly: Boolean(typeOnly),
  }));
};

const isTest = (file: string) => /\.test(ing)?\.ts$/.test(file) || file.includes(`${sep}test${sep}`);
const owner = (specifier: string) => specifier.split('/').slice(0, 2).join('/');

test('every package has a place in the picture', () => {
  expect(
    packages
      .filter(({ folder }) => relative(root, folder).startsWith('packages'))
      .map(({ manifest }) => manifest.name)
      .filter((name) => !(name in allowed)),
  ).toEqual([]);
});

test.each(Object.keys(allowed))('%s imports only what its place in the picture allows', (name) => {
  const { folder } = packages.find(({ manifest }) => manifest.name === name) as (typeof packages)[number];
  const imports = sources(folder)
    .filter((file) => !isTest(file))
    .flatMap(importsOf);
  const wrong = imports.filter(({ what, typeOnly }) => {
    if (!what.startsWith('@resnetjs/')) return false;
    if (!allowed[name]?.includes(owner(what))) return true;
    return (typesOnly[name] ?? []).includes(owner(what)) && !typeOnly;
  });
  expect(wrong).toEqual([]);
  expect(imports.filter(({ what }) => what.endsWith('.testing.ts'))).toEqual([]); // what helps tests may import more
  if (!name.startsWith('@resnetjs/backend-') && name !== '@resnetjs/conformance')
    expect(imports.filter(({ what }) => backends.test(what) && !allowed[name]?.includes(owner(what)))).toEqual([]);
  if (name === '@resnetjs/data') expect(imports.filter(({ what }) => what.startsWith('@tensorflow/'))).toEqual([]);
});

test("no file reaches into another package's sources", () => {
  const reaching = packages.flatMap(({ folder }) =>
    sources(folder).flatMap((file) =>
      importsOf(file).filter(({ what }) => {
        if (!what.startsWith('.')) return /^@resnetjs\/[^/]+\/src/.test(what);
        return !resolve(file, '..', what).startsWith(folder + sep);
      }),
    ),
  );
  expect(reaching).toEqual([]);
});

test.each(publicPackages.map(({ manifest }) => [manifest.name, manifest] as const))(
  '%s is ESM, free of side effects, and has a source condition',
  (_, manifest) => {
    expect(manifest.type).toBe('module');
    if (manifest.name !== 'resnetjs') {
      expect(manifest.sideEffects).toBe(false);
      for (const [path, target] of Object.entries(manifest.exports ?? {}))
        if (path !== './package.json') expect(Object.keys(target as object)[0], path).toBe('@resnetjs/source');
    }
  },
);

test('packages that touch tensors take tfjs-core as a peer', () => {
  const own = publicPackages.filter(({ manifest }) => manifest.dependencies?.['@tensorflow/tfjs-core'] && manifest.name !== 'resnetjs');
  expect(own.map(({ manifest }) => manifest.name)).toEqual([]);
});
