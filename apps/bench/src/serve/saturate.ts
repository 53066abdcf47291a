import autocannon from 'autocannon';

/** What came of asking as fast as answers come. */
export interface Saturation {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
  /** Answers that are not what was expected. */
  readonly wrong: number;
}

/** Asks with autocannon, so many at a time: each of the bodies in turn. */
export async function saturate(
  address: string,
  bodies: readonly Buffer[],
  {
    seconds,
    connections,
    path = '/classify',
    isRight = () => true,
  }: { seconds: number; connections: number; path?: string; isRight?: (i: number, body: string) => boolean },
): Promise<Saturation> {
  let wrong = 0;
  const result = await autocannon({
    url: address,
    connections,
    duration: seconds,
    requests: bodies.map((body, i) => ({
      method: 'POST' as const,
      path,
      headers: { 'content-type': 'image/jpeg' },
      body,
      onResponse: (status: number, answer: string) => {
        if (status === 200 && !isRight(i, answer)) wrong++;
      },
    })),
  });
  const { latency, errors, non2xx, duration } = result;
  return { perSecond: result['2xx'] / duration, p50Ms: latency.p50, p99Ms: latency.p99, failed: errors + non2xx, wrong };
}
