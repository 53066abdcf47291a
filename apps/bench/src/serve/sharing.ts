import { median } from '../median.ts';
import type { Measurement } from './main.ts';
import { photos } from './photos.ts';
import { saturate } from './saturate.ts';
import { resnetServe } from './served.ts';
import { writeNetwork } from './weights.ts';

const WAYS: Record<string, readonly string[]> = {
  'throughput: 2 workers, 1 thread each': ['--optimize', 'throughput'],
  'latency: 1 worker, 2 threads': ['--optimize', 'latency'],
  '2 workers in processes': ['--optimize', 'throughput', '--isolation', 'processes'],
};

/** How the cores are best shared out, saturated and one request at a time. */
export const sharing: Measurement = async ({ network, seconds, rounds }, folder) => {
  const weights = await writeNetwork(network, folder);
  const files = await photos(16);
  const servers = await Promise.all(
    Object.values(WAYS).map((args) => resnetServe(['--model', `net=${weights}`, ...args], { workers: args.includes('latency') ? 1 : 2 })),
  );
  try {
    for (const { address } of servers) await saturate(address, files, { seconds: 2, connections: 6 });
    const saturated = servers.map((): number[] => []);
    const alone = servers.map((): number[] => []);
    for (let round = 0; round < rounds; round++)
      for (const [i, { address }] of servers.entries()) {
        saturated[i]?.push((await saturate(address, files, { seconds, connections: 6 })).perSecond);
        alone[i]?.push((await saturate(address, files, { seconds, connections: 1 })).p50Ms);
      }
    return Object.fromEntries(
      Object.keys(WAYS).map((way, i) => [way, { perSecondSaturated: median(saturated[i] ?? []), p50MsAlone: median(alone[i] ?? []) }]),
    );
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
};
