import { spawnSync } from 'node:child_process';

/** What a program of ours, or a peer's, writes in a process of its own. @throws Error with what it said before it failed. */
export function outputOf(program: string, args: readonly string[]): string {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (error) throw new Error(`${program} cannot be started: ${error.message}.`, { cause: error });
  if (status === 0) return stdout;
  const said = stderr.trim().replace(/^error: /, '');
  throw new Error(said || `${program} ended by itself (${signal ?? `exit code ${status}`}).`);
}
