import { library } from './library.ts';
import type { Measurement } from './main.ts';
import { type Offered, offer, percentile } from './offer.ts';
import { photos } from './photos.ts';
import { saturate } from './saturate.ts';
import { resnetServe } from './served.ts';
import { delayMs } from './server-figures.ts';
import { writeNetwork } from './weights.ts';

const FILES = 16;

/** Offers 0.9 and 2 times what the server can do; the first for a third of the time. */
export const overload: Measurement = async ({ network, seconds }, folder) => {
  const weights = await writeNetwork(network, folder);
  const files = await photos(FILES);
  const own = await library(weights, { files: FILES, threads: 2 });
  own.stop();
  const isRight = (i: number, body: string): boolean => JSON.stringify(JSON.parse(body).predictions) === own.answers[i];
  const server = await resnetServe(['--model', `net=${weights}`]);
  try {
    await saturate(server.address, files, { seconds: 2, connections: 6 });
    const { perSecond: capacity } = await saturate(server.address, files, { seconds: 6, connections: 6, isRight });
    const phase = async (times: number, long: number) => {
      const before = server.rssBytes();
      const rss: number[] = [];
      const timer = setInterval(() => rss.push(server.rssBytes()), 1000);
      await delayMs(server.address);
      const results = await offer(server.address, files, { perSecond: times * capacity, seconds: long, isRight });
      clearInterval(timer);
      return {
        offeredPerSecond: times * capacity,
        seconds: long,
        ...counted(results),
        eventLoopDelayP99Ms: await delayMs(server.address),
        rssMiB: { before: mib(before), largest: mib(Math.max(...rss)), after: mib(server.rssBytes()) },
      };
    };
    const below = await phase(0.9, Math.ceil(seconds / 3));
    const above = await phase(2, seconds);
    return { capacityPerSecond: capacity, below, above, p99Ratio: above.acceptedP99Ms / below.acceptedP99Ms };
  } finally {
    await server.stop();
  }
};

const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);

function counted(results: readonly Offered[]) {
  const accepted = results.filter(({ status }) => status === 200);
  const refused = results.filter(({ status }) => status === 503);
  const times = accepted.map(({ ms }) => ms);
  return {
    accepted: accepted.length,
    refused: refused.length,
    others: results.length - accepted.length - refused.length,
    wrong: results.filter((result) => !result.isRight).length,
    acceptedP50Ms: percentile(times, 50),
    acceptedP99Ms: percentile(times, 99),
    refusedP99Ms: percentile(
      refused.map(({ ms }) => ms),
      99,
    ),
  };
}
