import { PassThrough } from 'node:stream';
import { useWasm } from '@resnetjs/backend-wasm';
import { leakedTensors } from '@resnetjs/testing';
import { run } from './run.ts';
import type { Screen, Terminal } from './terminal.ts';

/** What one command line did. */
export interface Recording {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Tensors that were left behind. */
  readonly leaked: number;
}

export interface RecordingOptions {
  /** Pretends that both outputs are a terminal of this width that shows colours. */
  readonly columns?: number;
  readonly env?: Record<string, string>;
  readonly stdin?: AsyncIterable<Uint8Array>;
}

/** Runs a command line in this process and keeps what it wrote. */
export async function recorded(args: readonly string[], { columns, env = {}, stdin }: RecordingOptions = {}): Promise<Recording> {
  const [stdout, stderr] = [screen(columns), screen(columns)];
  const terminal: Terminal = { stdout: stdout.stream, stderr: stderr.stream, env, ...(stdin && { stdin }) };
  await useWasm(); // counting tensors takes a backend
  let code = -1;
  const leaked = await leakedTensors(async () => {
    code = await run(args, terminal);
  });
  return { code, stdout: stdout.text(), stderr: stderr.text(), leaked };
}

function screen(columns: number | undefined): { stream: Screen; text: () => string } {
  const stream = new PassThrough();
  const chunks: string[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const terminal = columns === undefined ? {} : { isTTY: true, columns, hasColors: () => true };
  return { stream: Object.assign(stream, terminal), text: () => chunks.join('') };
}
