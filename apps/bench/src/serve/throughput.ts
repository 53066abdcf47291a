import { median } from '../median.ts';
import { library } from './library.ts';
import type { Measurement } from './main.ts';
import { photos } from './photos.ts';
import { saturate } from './saturate.ts';
import { resnetServe } from './served.ts';
import { delayMs } from './server-figures.ts';
import { writeNetwork } from './weights.ts';

const FILES = 16;

/** What a server brings of what the library does, interleaved; every answer is compared with the library's. */
export const throughput: Measurement = async ({ network, seconds, rounds }, folder) => {
  const weights = await writeNetwork(network, folder);
  const files = await photos(FILES);
  const own = await library(weights, { files: FILES, threads: 2 });
  const server = await resnetServe(['--model', `net=${weights}`]);
  try {
    const isRight = (i: number, body: string): boolean => JSON.stringify(JSON.parse(body).predictions) === own.answers[i];
    await saturate(server.address, files, { seconds: 2, connections: 6, isRight });
    const ours: number[] = [];
    const theirs: number[] = [];
    const delays: number[] = [];
    let [failed, wrong, p99Ms] = [0, 0, 0];
    for (let round = 0; round < rounds; round++) {
      theirs.push(await own.run(seconds));
      await delayMs(server.address);
      const result = await saturate(server.address, files, { seconds, connections: 6, isRight });
      delays.push(await delayMs(server.address));
      ours.push(result.perSecond);
      failed += result.failed;
      wrong += result.wrong;
      p99Ms = Math.max(p99Ms, result.p99Ms);
    }
    const ratios = ours.map((value, i) => value / (theirs[i] as number));
    return {
      libraryPerSecond: median(theirs),
      serverPerSecond: median(ours),
      ratio: median(ratios),
      ratios,
      p99Ms,
      failed,
      wrong,
      eventLoopDelayP99Ms: Math.max(...delays),
    };
  } finally {
    own.stop();
    await server.stop();
  }
};
