import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cruise, type IForbiddenRuleType, type IRegularForbiddenRuleType, type IViolation } from 'dependency-cruiser';
import { beforeAll, expect, test } from 'vitest';
import { packages, publicPackages, root } from './workspace.ts';

/** To read the imports of every source takes some seconds, and more on a busy machine. */
const READING_MS = 120_000;

/** What each package may import of ours, tests aside. docs/architecture.md draws it. */
const allowed: Record<string, readonly string[]> = {
  '@resnetjs/core': [],
  '@resnetjs/zoo': ['@resnetjs/core'],
  '@resnetjs/weights': ['@resnetjs/core', '@resnetjs/download'],
  '@resnetjs/data': ['@resnetjs/download'],
  '@resnetjs/explain': ['@resnetjs/core'],
  '@resnetjs/train': ['@resnetjs/core', '@resnetjs/data'],
  '@resnetjs/backend-wasm': [],
  '@resnetjs/backend-node': [],
  '@resnetjs/backend-webgpu': [],
  '@resnetjs/backend-auto': ['@resnetjs/backend-wasm', '@resnetjs/backend-node', '@resnetjs/backend-webgpu'],
  '@resnetjs/quantize': ['@resnetjs/core', '@resnetjs/weights'],
  '@resnetjs/onnx': ['@resnetjs/core', '@resnetjs/weights', '@resnetjs/quantize'],
  '@resnetjs/network': [
    '@resnetjs/core',
    '@resnetjs/zoo',
    '@resnetjs/weights',
    '@resnetjs/data',
    '@resnetjs/quantize',
    '@resnetjs/onnx',
    '@resnetjs/backend-auto',
  ],
  '@resnetjs/cluster': ['@resnetjs/data', '@resnetjs/network', '@resnetjs/quantize', '@resnetjs/weights'],
  '@resnetjs/conformance': [
    '@resnetjs/core',
    '@resnetjs/zoo',
    '@resnetjs/train',
    '@resnetjs/explain',
    '@resnetjs/testing',
    '@resnetjs/backend-wasm',
    '@resnetjs/backend-node',
    '@resnetjs/backend-webgpu',
  ],
  '@resnetjs/download': [],
  '@resnetjs/kernel-build': [],
  '@resnetjs/testing': [],
};

/** Ours that may be imported for their types alone: nothing of them runs. */
const typesOnly: Record<string, readonly string[]> = {
  '@resnetjs/weights': ['@resnetjs/core'],
  '@resnetjs/train': ['@resnetjs/data'],
  '@resnetjs/onnx': ['@resnetjs/weights', '@resnetjs/quantize'],
};

const backends = '(^|/)(@resnetjs/backend-|packages/backend-|@tensorflow/tfjs-(backend|node))';
const testFiles = '\\.test(ing)?\\.ts$|/test/';

const folderOf = (name: string) => name.replace('@resnetjs/', '');
/** As a package is found, by its folder, and as it is asked for, where it is not found. */
const oneOf = (names: readonly string[]) => `^(packages|@resnetjs)/(${names.map(folderOf).join('|')})(/|$)`;
const sourcesOf = (name: string) => ({ path: `^packages/${folderOf(name)}/src/`, pathNot: testFiles });

const ruleOf = (name: string): IForbiddenRuleType[] => {
  const own = allowed[name] ?? [];
  const rule = (to: IRegularForbiddenRuleType['to']): IForbiddenRuleType => ({ name, severity: 'error', from: sourcesOf(name), to });
  const rules = [
    rule({ path: oneOf(['[^/]+']), pathNot: oneOf([name, ...own]) }),
    rule({ path: '\\.testing\\.ts$' }), // what helps tests may import more
  ];
  const types = typesOnly[name];
  if (types) rules.push(rule({ path: oneOf(types), dependencyTypesNot: ['type-only', 'type-import'] }));
  if (!name.startsWith('@resnetjs/backend-') && name !== '@resnetjs/conformance')
    rules.push(rule({ path: backends, ...(own.length > 0 && { pathNot: oneOf(own) }) }));
  if (name === '@resnetjs/data') rules.push(rule({ path: '(^|/)@tensorflow/' }));
  return rules;
};

const REACHING = "another package's sources";
const reaching: IForbiddenRuleType[] = [
  {
    name: REACHING,
    severity: 'error',
    from: { path: '^(packages|apps)/([^/]+)/' },
    to: { dependencyTypes: ['local'], pathNot: '^$1/$2/' },
  },
  { name: REACHING, severity: 'error', from: {}, to: { path: '^@resnetjs/[^/]+/src(/|$)' } },
];

const CIRCLE = 'a circle';
const circle: IForbiddenRuleType = {
  name: CIRCLE,
  severity: 'error',
  from: {},
  to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'type-import'] } },
};

let violations: IViolation[];
beforeAll(async () => {
  const { output } = await cruise(
    // Folders by name: for a pattern it would read the whole workspace with all that is installed, which takes a minute.
    packages.map(({ folder }) => join(relative(root, folder), 'src')).filter((folder) => existsSync(join(root, folder))),
    {
      baseDir: root,
      validate: true,
      ruleSet: { forbidden: [...Object.keys(allowed).flatMap(ruleOf), ...reaching, circle] },
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '\\.generated\\.ts$' }, // kernels, as text
      tsPreCompilationDeps: true,
      skipAnalysisNotInRules: true,
    },
    { exportsFields: ['exports'], conditionNames: ['@resnetjs/source', 'import', 'default'] },
  );
  if (typeof output === 'string') throw new Error(output);
  expect(output.summary.totalCruised).toBeGreaterThan(500);
  ({ violations } = output.summary);
}, READING_MS);

const against = (name: string): string[] =>
  violations
    .filter(({ rule }) => rule.name === name)
    .map(({ from, to, cycle }) => (cycle ? [from, ...cycle.map((step) => step.name)] : [from, to]).join(' → '));

test('every package has a place in the picture', () => {
  expect(
    packages
      .filter(({ folder }) => relative(root, folder).startsWith('packages'))
      .map(({ manifest }) => manifest.name)
      .filter((name) => !(name in allowed)),
  ).toEqual([]);
});

test.each(Object.keys(allowed))('%s imports only what its place in the picture allows', (name) => {
  expect(against(name)).toEqual([]);
});

test("no file reaches into another package's sources", () => {
  expect(against(REACHING)).toEqual([]);
});

test('no files import one another in a circle, but for their types', () => {
  expect(against(CIRCLE)).toEqual([]);
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
