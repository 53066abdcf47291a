import { stat } from 'node:fs/promises';
import { readConfig } from './models/read-config.ts';
import { readFolder } from './models/read-folder.ts';
import type { ServerOptions } from './options.ts';

/**
 * Calls back when what is to be served has changed and is the same twice: files are written in more than one go. Looks rather than
 * waits to be told, for folders that are mounted tell nothing.
 *
 * @returns ends it.
 */
export function watchSources({ models = [], folder, config }: ServerOptions, everyMs: number, onChange: () => void): () => void {
  let [known, last]: (string | undefined)[] = [];
  let timer: NodeJS.Timeout;
  let isOver = false;
  const look = async (): Promise<void> => {
    const now = await fingerprint().catch(() => last); // it is told when it is read
    if (known !== undefined && now === last && now !== known) onChange();
    if (now === last || known === undefined) known = now;
    last = now;
    if (!isOver) timer = setTimeout(look, everyMs).unref();
  };
  const fingerprint = async (): Promise<string> => {
    const specs = [...models, ...(folder ? await readFolder(folder) : []), ...(config ? await readConfig(config) : [])];
    const files = await Promise.all(
      specs.map(({ source }) =>
        stat(source).then(
          ({ mtimeMs, size }) => [mtimeMs, size],
          () => [],
        ),
      ),
    );
    return JSON.stringify([specs, files]);
  };
  void look();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
