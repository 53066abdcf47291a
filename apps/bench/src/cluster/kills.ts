import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '@resnetjs/data';
import { freePort, type Program, startPredict, startRedis, startWorker, stopped } from './processes.ts';

export interface KillsOptions {
  readonly photos: string;
  readonly kills: number;
  readonly seed: number;
  readonly perJob: number;
}

const WORKERS = 2;
/** Of kills, those of Redis. */
const REDIS_SHARE = 0.3;

/** Classifies the same photos undisturbed and under `kill -9`, and compares every byte. */
export async function kills({ photos, kills, seed, perJob }: KillsOptions, folder: string): Promise<object> {
  const random = createRandom(seed);
  const port = await freePort();
  const redis = `redis://127.0.0.1:${port}`;
  const place = join(folder, 'redis');
  let server = await startRedis(place, port);
  const begin = () => startWorker(redis, ['--stalled-after', '3']);
  let workers: Program[] = [];
  const run = async (out: string, disturb: (isOver: () => boolean) => Promise<void>): Promise<number> => {
    const start = performance.now();
    workers = Array.from({ length: WORKERS }, begin);
    const predicting = startPredict(photos, out, redis, ['--per-job', String(perJob), '--top', '1']);
    let isOver = false;
    void predicting.ended.then(() => {
      isOver = true;
    });
    await disturb(() => isOver);
    const code = await predicting.ended;
    if (code !== 0) throw new Error(`predict ended with ${code}`);
    await stopped(workers);
    return (performance.now() - start) / 1000;
  };
  try {
    const calmSeconds = await run(join(folder, 'calm'), async () => {});
    let [workersKilled, redisKilled] = [0, 0];
    const pauseMs = (1000 * calmSeconds) / kills;
    const stormSeconds = await run(join(folder, 'storm'), async (isOver) => {
      await workers[0]?.said('loaded');
      while (workersKilled + redisKilled < kills && !isOver()) {
        await sleep(pauseMs * (0.2 + 0.8 * random.next()));
        if (isOver()) return;
        if (random.next() < REDIS_SHARE) {
          server.child.kill('SIGKILL');
          await server.ended;
          server = await startRedis(place, port);
          redisKilled++;
        } else {
          const index = random.int(WORKERS);
          const victim = workers[index] as Program;
          victim.child.kill('SIGKILL');
          await victim.ended;
          workers[index] = begin();
          workersKilled++;
        }
      }
    });
    const [calm, storm] = [readResults(join(folder, 'calm')), readResults(join(folder, 'storm'))];
    return {
      images: storm.images.length,
      imagesOnce: new Set(storm.images).size,
      files: storm.files,
      sameBytes: calm.sha256 === storm.sha256,
      sha256: storm.sha256,
      workersKilled,
      redisKilled,
      calmSeconds,
      stormSeconds,
    };
  } finally {
    for (const { child } of workers) child.kill('SIGKILL');
    server.child.kill('SIGKILL');
    await server.ended;
  }
}

/** All results, and a hash over their names and bytes. */
function readResults(out: string): { images: string[]; files: number; sha256: string } {
  const folder = join(out, 'results');
  const names = readdirSync(folder).sort();
  const hash = createHash('sha256');
  const images: string[] = [];
  for (const name of names) {
    const bytes = readFileSync(join(folder, name));
    hash.update(name).update(bytes);
    for (const line of bytes.toString('utf8').trimEnd().split('\n')) images.push((JSON.parse(line) as { image: string }).image);
  }
  return { images, files: names.length, sha256: hash.digest('hex') };
}
