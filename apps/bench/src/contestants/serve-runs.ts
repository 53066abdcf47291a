import { createInterface } from 'node:readline';
import type { Message } from '../protocol.ts';

const say = (message: Message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Tells that this contestant is ready, then runs and times as many times as each line of standard input asks. */
export async function serveRuns(prepare: () => Promise<{ about: string; run: () => Promise<void> }>): Promise<void> {
  let prepared: Awaited<ReturnType<typeof prepare>>;
  try {
    prepared = await prepare();
    for (let i = 0; i < 3; i++) await prepared.run();
  } catch (error) {
    say({ kind: 'absent', reason: error instanceof Error ? error.message : String(error) });
    process.exit(0);
  }
  say({ kind: 'ready', about: prepared.about });
  for await (const line of createInterface({ input: process.stdin })) {
    const values: number[] = [];
    for (let i = 0; i < Number(line); i++) {
      const start = performance.now();
      await prepared.run();
      values.push(performance.now() - start);
    }
    say({ kind: 'ms', values });
  }
  process.exit(0);
}
