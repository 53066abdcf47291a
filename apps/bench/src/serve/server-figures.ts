/** What prom-client's clock ticks in: its figures are of ticks, delay and all. */
const TICK_MS = 10;

/** How late the server's event loop was, in 99 of 100 ticks since this was asked the last time. */
export async function delayMs(address: string): Promise<number> {
  return Math.max(0, 1000 * (await figure(address, 'nodejs_eventloop_lag_p99_seconds')) - TICK_MS);
}

/** The sum of a figure of `/metrics`. */
export async function figure(address: string, name: string): Promise<number> {
  const text = await (await fetch(`${address}/metrics`)).text();
  return [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].reduce((sum, [, value]) => sum + Number(value), 0);
}
