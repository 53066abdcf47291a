import { join } from 'node:path';
import { useWasm } from '@resnetjs/backend-wasm';
import { packSource, predict } from '@resnetjs/cluster';
import { isImageName } from '@resnetjs/data';
import { median } from '../median.ts';
import { writeNetwork } from '../serve/weights.ts';
import { freePort, startRedis, startWorker, stopped } from './processes.ts';

export interface SpeedupOptions {
  readonly photos: string;
  readonly network: string;
  readonly rounds: number;
  readonly perJob: number;
}

/** Images a second of one worker and of two, in turn, and how much of their time they computed. */
export async function speedup({ photos, network, rounds, perJob }: SpeedupOptions, folder: string): Promise<object> {
  await useWasm({ threads: 1, everyOp: false });
  const packed = await packSource(await writeNetwork(network, folder));
  const port = await freePort();
  const redis = `redis://127.0.0.1:${port}`;
  const server = await startRedis(join(folder, 'redis'), port);
  const busyShares: number[] = [];
  /** From the first result to the last: loading the network and listing are done once, however many images follow. */
  const rate = async (count: number, out: string): Promise<number> => {
    const workers = Array.from({ length: count }, () => startWorker(redis));
    await Promise.all(workers.map((worker) => worker.said('takes work')));
    let first: { at: number; images: number } | undefined;
    let last = { at: 0, images: 0 };
    await predict(photos, out, {
      redis,
      network: packed,
      perJob,
      pollMs: 20,
      isImage: isImageName,
      onProgress: ({ imagesDone }) => {
        if (imagesDone === last.images) return;
        last = { at: performance.now(), images: imagesDone };
        // Each has loaded the network by then.
        if (imagesDone >= 2 * count * perJob) first ??= last;
      },
    });
    for (const line of await stopped(workers)) busyShares.push(Number(/computed ([\d.]+) %/.exec(line)?.[1]));
    if (!first || first.at === last.at) throw new Error('There are too few photos to measure: give more, or a smaller --per-job.');
    return (1000 * (last.images - first.images)) / (last.at - first.at);
  };
  try {
    const [ones, twos]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      ones.push(await rate(1, join(folder, `one-${round}`)));
      twos.push(await rate(2, join(folder, `two-${round}`)));
    }
    const ratios = twos.map((two, i) => two / (ones[i] as number));
    return {
      network,
      perJob,
      onePerSecond: median(ones),
      twoPerSecond: median(twos),
      ratio: median(ratios),
      ratios,
      busyPercent: median(busyShares),
      busyPercents: busyShares,
    };
  } finally {
    server.child.kill('SIGTERM');
    await server.ended;
  }
}
