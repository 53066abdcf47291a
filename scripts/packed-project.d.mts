export interface PublicManifest {
  readonly name: string;
  readonly version: string;
}

/** Of every package that is published. */
export function publicManifests(): PublicManifest[];

/** Packs every public package, which must be built, into a folder. @returns paths of the tarballs */
export function packAll(folder: string): string[];

/** Makes an empty project of a folder, and installs the tarballs and tfjs-core there. */
export function installPacked(project: string, tarballs: readonly string[]): void;

/** What a command printed. @throws Error with both its streams if it fails: tsc reports on the standard one */
export function run(cwd: string, command: string, ...args: string[]): string;
