import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BackendError } from './backend-error.ts';
import type { PackageName } from './package-name.ts';
import { type Platform, unsupported } from './platform.ts';
import { DOWNLOADS, installCommand, rebuildCommand } from './remedy.ts';

const require = createRequire(import.meta.url);

/** The folder of an installed package, or undefined. */
export function folderOf(name: PackageName, resolve: (specifier: string) => string = require.resolve): string | undefined {
  try {
    return dirname(resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/**
 * Looks at an installed package from outside, because loading one that cannot start leaves half of it behind.
 *
 * @param folder of the package; undefined where it is not installed
 * @throws BackendError for what is certainly missing: the package, a binary for this platform, the compiled addon.
 */
export function checkPackage(name: PackageName, folder: string | undefined, platform: Platform): void {
  if (folder === undefined)
    throw new BackendError('package', `${name} is not installed where @resnetjs/backend-node can see it. Run: ${installCommand(name)}`);
  const reason = unsupported(name, platform);
  if (reason) throw new BackendError('platform', `${name} cannot run on this machine: ${reason}.`);
  if (!hasAddon(folder))
    throw new BackendError(
      'addon',
      `${name} is installed in ${folder}, but its addon (lib/napi-v*/tfjs_binding.node) is not there: its install step was skipped ` +
        `(--ignore-scripts, pnpm's default) or failed. ${DOWNLOADS} Run: ${rebuildCommand(name, folder)}`,
    );
}

function hasAddon(folder: string): boolean {
  const lib = join(folder, 'lib');
  return existsSync(lib) && readdirSync(lib).some((abi) => existsSync(join(lib, abi, 'tfjs_binding.node')));
}

/** This machine. */
export function thisPlatform(): Platform {
  const { platform, arch } = process;
  const cpuinfo = '/proc/cpuinfo';
  return { platform, arch, ...(platform === 'linux' && existsSync(cpuinfo) && { cpuFlags: readFileSync(cpuinfo, 'utf8') }) };
}
