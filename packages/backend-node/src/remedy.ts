import type { PackageName } from './package-name.ts';

/** The command that runs the install step of a package again, in the words of the package manager that installed it. */
export function rebuildCommand(name: PackageName, folder: string): string {
  if (/[\\/]\.pnpm[\\/]/.test(folder)) return `pnpm approve-builds (choose ${name}), then pnpm rebuild ${name}`;
  return `npm rebuild ${name}`;
}

/** What to know before running it. */
export const DOWNLOADS =
  'The install step downloads libtensorflow 2.9.1 and the addon from storage.googleapis.com (from a mirror if TFJS_NODE_CDN_STORAGE names one).';

export const installCommand = (name: PackageName): string => `npm install ${name}@4.22.0`;
