import { Agent, request } from 'node:http';
import { uniform } from '@resnetjs/core';

/** What came of one request. */
export interface Offered {
  readonly status: number;
  readonly ms: number;
  readonly isRight: boolean;
}

/**
 * Offers requests at moments that do not wait for answers, as clients that know nothing of each other do (a Poisson process of fixed
 * seed). autocannon cannot: its rate comes in bursts at the start of each second, and its connections wait for answers.
 */
export async function offer(
  address: string,
  bodies: readonly Buffer[],
  {
    perSecond,
    seconds,
    seed = 1,
    isRight = () => true,
  }: { perSecond: number; seconds: number; seed?: number; isRight?: (i: number, body: string) => boolean },
): Promise<Offered[]> {
  const agent = new Agent({ keepAlive: true });
  const random = uniform(seed);
  const results: Promise<Offered>[] = [];
  const started = performance.now();
  for (let at = 0, n = 0; at < seconds * 1000; n++) {
    at += (-Math.log(1 - random()) / perSecond) * 1000;
    const wait = started + at - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const i = n % bodies.length;
    results.push(ask(address, bodies[i] as Buffer, agent, (body) => isRight(i, body)));
  }
  const all = await Promise.all(results);
  agent.destroy();
  return all;
}

function ask(address: string, body: Buffer, agent: Agent, isRight: (body: string) => boolean): Promise<Offered> {
  const started = performance.now();
  return new Promise((resolve) => {
    const failed = () => resolve({ status: 0, ms: performance.now() - started, isRight: true });
    const sent = request(`${address}/classify`, { method: 'POST', agent, headers: { 'content-type': 'image/jpeg' } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', failed);
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        resolve({ status, ms: performance.now() - started, isRight: status !== 200 || isRight(Buffer.concat(chunks).toString()) });
      });
    });
    sent.on('error', failed);
    sent.end(body);
  });
}

/** The value that so many of a hundred are below. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}
