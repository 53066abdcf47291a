import { connect } from 'node:net';
import { uniform } from '@resnetjs/core';
import { library } from './library.ts';
import type { Measurement } from './main.ts';
import { photos } from './photos.ts';
import { resnetServe } from './served.ts';
import { figure } from './server-figures.ts';
import { writeNetwork } from './weights.ts';

const FILES = 16;
/** More than a request may have. */
const HUGE = Buffer.alloc(21 * 2 ** 20);

/** All kinds of requests at once for a long time: nothing may crash, grow or be wrong. */
export const soak: Measurement = async ({ network, seconds }, folder) => {
  const weights = await writeNetwork(network, folder);
  const files = await photos(FILES);
  const own = await library(weights, { files: FILES, threads: 2 });
  own.stop();
  const server = await resnetServe(['--model', `net=${weights}`]);
  const until = performance.now() + 1000 * seconds;
  const random = uniform(7);
  const counts: Record<string, number> = {};
  const count = (what: string): void => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const post = (body: Buffer, init: RequestInit = {}): Promise<Response> =>
    fetch(`${server.address}/classify`, { method: 'POST', body: new Uint8Array(body), headers: { 'content-type': 'image/jpeg' }, ...init });

  const kinds: Record<string, () => Promise<string>> = {
    async good() {
      const i = Math.floor(random() * FILES);
      const response = await post(files[i] as Buffer);
      const body = (await response.json()) as { predictions?: unknown };
      if (response.status !== 200) return String(response.status);
      return JSON.stringify(body.predictions) === own.answers[i] ? '200' : 'WRONG';
    },
    async broken() {
      const file = Buffer.from(files[0] as Buffer);
      for (let n = 0; n < 20; n++) file[Math.floor(random() * file.length)] = Math.floor(random() * 256);
      return String((await post(file.subarray(0, Math.floor(random() * file.length)))).status);
    },
    huge: async () => String((await post(HUGE).catch(() => undefined))?.status ?? 'closed'),
    async abandoned() {
      const leave = new AbortController();
      setTimeout(() => leave.abort(), 20 * random());
      return post(files[0] as Buffer, { signal: leave.signal }).then(
        ({ status }) => String(status),
        () => 'left',
      );
    },
    /** Sends headers and a byte now and then, then hangs up. */
    slow: () =>
      new Promise((resolve) => {
        const socket = connect(Number(new URL(server.address).port), '127.0.0.1', () =>
          socket.write('POST /classify HTTP/1.1\r\nhost: x\r\ncontent-type: image/jpeg\r\ncontent-length: 50000\r\n\r\n'),
        );
        const timer = setInterval(() => socket.write('x'), 100);
        setTimeout(() => socket.destroy(), 3000);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          clearInterval(timer);
          resolve('hung up');
        });
        socket.resume();
      }),
  };
  const client = async (kind: string): Promise<void> => {
    while (performance.now() < until)
      count(`${kind}: ${await (kinds[kind] as () => Promise<string>)().catch((error: Error) => `FAILED ${error.message}`)}`);
  };
  try {
    const samples: { seconds: number; rssMiB: number; tensors: number }[] = [];
    const started = performance.now();
    const sample = async (): Promise<void> => {
      const tensors = await figure(server.address, 'resnet_model_tensors');
      samples.push({ seconds: Math.round((performance.now() - started) / 1000), rssMiB: Math.round(server.rssBytes() / 2 ** 20), tensors });
    };
    const timer = setInterval(() => void sample().catch(() => undefined), Math.max(5, seconds / 20) * 1000);
    await Promise.all(['good', 'good', 'good', 'broken', 'huge', 'abandoned', 'slow', 'slow'].map(client));
    clearInterval(timer);
    await new Promise((resolve) => setTimeout(resolve, 3000)); // what was abandoned ends
    await sample();
    return {
      seconds,
      counts,
      samples,
      workersLost: await figure(server.address, 'resnet_workers_lost_total'),
      isAlive: server.child.exitCode === null,
    };
  } finally {
    await server.stop();
  }
};
