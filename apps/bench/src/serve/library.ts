import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The library's own loop in a process of its own. */
export interface Library {
  /** What it says of each photo, as JSON. */
  readonly answers: readonly string[];
  /** Runs for so long. @returns images a second */
  run(seconds: number): Promise<number>;
  stop(): void;
}

export async function library(weights: string, { files, threads }: { readonly files: number; readonly threads: number }): Promise<Library> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./library-loop.js', import.meta.url)), weights, String(files), String(threads)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<{ answers: string[]; perSecond: number }> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("the library's loop ended by itself.");
    return JSON.parse(value as string);
  };
  const { answers } = await next();
  return {
    answers,
    async run(seconds) {
      child.stdin.write(`${seconds}\n`);
      return (await next()).perSecond;
    },
    stop: () => child.stdin.end(),
  };
}
