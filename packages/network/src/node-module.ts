interface NodeModules {
  'node:fs/promises': typeof import('node:fs/promises');
  'node:url': typeof import('node:url');
}

/** A module of Node's own, or `undefined` in a browser; not an `import`, for bundlers refuse `node:` specifiers there. */
export const nodeModule = <Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined =>
  (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process?.getBuiltinModule?.(name) as
    | NodeModules[Name]
    | undefined;
