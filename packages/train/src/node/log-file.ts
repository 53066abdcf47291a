import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A text file that grows line by line. */
export interface LogFile {
  /**
   * Begins, or goes on where a run that is resumed stood.
   *
   * @param keep which lines of an earlier run stay; what it did after its last checkpoint is done again
   */
  open(keep: (line: string) => boolean): Promise<void>;
  write(line: string): Promise<void>;
}

/** @param head the first line, if there is one */
export function logFile(path: string, head?: string): LogFile {
  return {
    async open(keep) {
      await mkdir(dirname(path), { recursive: true });
      const before = await readFile(path, 'utf8').catch(() => '');
      // A process that was killed may have left half a line at the end.
      const lines = before
        .split('\n')
        .slice(0, -1)
        .filter((line) => line !== head && keep(line));
      await writeFile(path, [...(head === undefined ? [] : [head]), ...lines].map((line) => `${line}\n`).join(''));
    },
    write: (line) => appendFile(path, `${line}\n`),
  };
}
