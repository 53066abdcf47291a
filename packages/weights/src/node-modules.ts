/**
 * A module of Node's own, or `undefined` in a browser.
 *
 * Not an `import`, so that bundlers for the browser find nothing of Node in this package: webpack and
 * esbuild refuse `node:` specifiers there, even dynamic ones.
 */
export const nodeModule = <Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined =>
  (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process?.getBuiltinModule?.(name) as
    | NodeModules[Name]
    | undefined;

interface NodeModules {
  'node:crypto': typeof import('node:crypto');
  'node:fs/promises': typeof import('node:fs/promises');
  'node:os': typeof import('node:os');
  'node:path': typeof import('node:path');
  'node:url': typeof import('node:url');
}
