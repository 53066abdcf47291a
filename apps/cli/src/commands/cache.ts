import { type CachedRepository, cachedRepositories, clearCache, defaultCacheDir } from '@resnetjs/weights';
import { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { withExamples } from '../examples.ts';
import { writeJson } from '../print/json.ts';
import { paintFor } from '../print/paint.ts';
import { bytes, counted } from '../print/quantities.ts';
import { table } from '../print/table.ts';
import type { Terminal } from '../terminal.ts';

export interface CacheOptions {
  /** Removes instead of listing. */
  readonly clear?: boolean;
  readonly json?: boolean;
}

/** `resnet cache [NAME]` */
export const cacheCommand = (terminal: Terminal): Command =>
  withExamples(
    new Command('cache')
      .argument('[repository]', 'only this one: owner/name')
      .summary('list or remove weights that were downloaded')
      .description('List weights that were downloaded from the hub, or remove them.')
      .option('--clear', 'remove them')
      .option('--json', 'print JSON for programs')
      .action((repository: string | undefined, options: CacheOptions) => cache(repository, options, terminal)),
    [
      ['resnet cache', 'what is there, and how large it is'],
      ['resnet cache --clear', 'remove all'],
      ['resnet cache timm/resnet50.tv2_in1k --clear', 'remove one'],
    ],
  );

/** @throws CommandError if a repository that is named is not there. */
export async function cache(repository: string | undefined, { clear, json }: CacheOptions, terminal: Terminal): Promise<void> {
  const folder = defaultCacheDir();
  const found = (await cachedRepositories(folder)).filter(({ repo }) => repository === undefined || repo === repository);
  if (repository !== undefined && found.length === 0)
    throw new CommandError(`${repository}: not in ${folder}. \`resnet cache\` lists what is there.`);
  if (clear) await clearCache(found);
  const total = found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (json) {
    writeJson(terminal, { folder, removed: clear ?? false, repositories: found });
    return;
  }
  const what = `${counted(found.length, 'repository', 'repositories')}, ${bytes(total)}`;
  if (clear || found.length === 0) {
    terminal.stdout.write(clear ? `${folder}: removed ${what}\n` : `${folder}: nothing was downloaded yet\n`);
    return;
  }
  const columns = [{ title: 'repository' }, { title: 'revision' }, { title: 'hub' }, { title: 'size', align: 'right' }] as const;
  terminal.stdout.write(table(columns, found.map(row), { paint: paintFor(terminal.stdout, terminal) }));
  terminal.stdout.write(`${folder}: ${what}\n`);
}

const row = ({ repo, revision, host, sizeBytes }: CachedRepository): string[] => [repo, revision, host, bytes(sizeBytes)];
