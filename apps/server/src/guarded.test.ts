import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from './checkpoint.testing.ts';
import { bearerCheck } from './http/bearer.ts';
import { bodyBudget } from './http/body-budget.ts';
import { fakeWorker } from './models/fake-worker.testing.ts';
import type { ServerOptions } from './options.ts';
import { createServer, type ResnetServer } from './server.ts';

const servers: ResnetServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.close())));

/** A server whose workers answer at once, or, with `isStuck`, never. */
async function served(
  options: ServerOptions = {},
  { isStuck = false, logStream }: { isStuck?: boolean; logStream?: { write(line: string): void } } = {},
) {
  const server = await createServer(
    { models: [{ name: 'net', source: join(temporary, 'net') }], workers: 1, queue: 1, logLevel: 'silent', maxDelayMs: 0, ...options },
    {
      ...(logStream && { logStream }),
      startWorker() {
        const worker = fakeWorker();
        queueMicrotask(() => worker.ready());
        const post = worker.post.bind(worker);
        return {
          ...worker,
          post(message) {
            post(message);
            if (message.type === 'run' && !isStuck) queueMicrotask(() => worker.answer());
          },
        };
      },
    },
  );
  servers.push(server);
  return server;
}
const temporary = temporaryFolder();

const classify = { method: 'POST', url: '/classify', payload: 'x', headers: { 'content-type': 'image/png' } } as const;
const withToken = (token: string) => ({ ...classify, headers: { ...classify.headers, authorization: `Bearer ${token}` } });

describe('with tokens', () => {
  let server: ResnetServer;
  beforeAll(async () => {
    server = await served({ tokens: ['first-token', 'second-token'] });
  });

  test.each(['/classify', '/embed', '/v2/models/net/infer', '/v2/repository/index'])('POST %s takes one', async (url) => {
    const answer = await server.app.inject({ ...classify, url });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });
  test.each(['/v2', '/v2/models', '/v2/models/net', '/v2/models/net/ready', '/metrics'])('GET %s takes one', async (url) => {
    expect((await server.app.inject({ url })).statusCode).toBe(401);
  });
  test.each(['/', '/page.js', '/page.css', '/docs/json', '/v2/health/live', '/v2/health/ready'])('GET %s takes none', async (url) => {
    expect((await server.app.inject({ url })).statusCode).toBe(200);
  });
  test.each(['first-token', 'second-token'])('%s may', async (token) => {
    expect((await server.app.inject(withToken(token))).statusCode).toBe(200);
  });
  test.each(['first-toke', 'first-token2', 'x', ''])("'%s' may not", async (token) => {
    expect((await server.app.inject(withToken(token))).statusCode).toBe(401);
  });
});

test('a header is compared whole, and without tokens nobody is let in', () => {
  const may = bearerCheck(['t']);
  expect(['Bearer t', 'bearer  t', 'Bearer t '].map(may)).toEqual([true, true, true]);
  expect([undefined, '', 't', 'Basic t', 'Bearer', 'Bearer t t', 'Bearer T'].map(may)).toEqual(Array(7).fill(false));
  expect(bearerCheck([])('Bearer ')).toBe(false);
});

test('other pages may not ask unless their origin is named', async () => {
  const origin = 'https://page.example';
  const closed = await served();
  expect((await closed.app.inject({ url: '/v2', headers: { origin } })).headers['access-control-allow-origin']).toBeUndefined();
  const open = await served({ cors: [origin] });
  expect((await open.app.inject({ url: '/v2', headers: { origin } })).headers['access-control-allow-origin']).toBe(origin);
  expect(
    (await open.app.inject({ url: '/v2', headers: { origin: 'https://other.example' } })).headers['access-control-allow-origin'],
  ).not.toBe('https://other.example');
});

test('an address may ask so often a minute, but for its health', async () => {
  const server = await served({ rateLimit: 3 });
  const codes = async (url: string) => {
    const all: number[] = [];
    for (let i = 0; i < 5; i++) all.push((await server.app.inject({ url })).statusCode);
    return all;
  };
  expect(await codes('/v2')).toEqual([200, 200, 200, 429, 429]);
  expect(await codes('/v2/health/live')).toEqual([200, 200, 200, 200, 200]);
  const { headers } = await server.app.inject({ url: '/v2' });
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
});

test('what is more than may wait is refused with 503 and Retry-After, before its body is read', async () => {
  const server = await served({ timeoutMs: 300 }, { isStuck: true });
  const waiting = [server.app.inject(classify), server.app.inject(classify)];
  await vi.waitFor(() => expect(server.models.find('net').current?.waiting).toBe(1));
  const address = new URL(await server.listen({ port: 0 }));
  // Only the headers are sent: the answer does not wait for the rest.
  const head = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(address.port), '127.0.0.1', () =>
      socket.write('POST /classify HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\ncontent-length: 1000000\r\n\r\n'),
    );
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    socket.once('error', reject);
  });
  expect(head).toMatch(/^HTTP\/1\.1 503 /);
  expect(head).toMatch(/^retry-after: 1\r$/m);
  expect((await Promise.all(waiting)).map(({ statusCode }) => statusCode)).toEqual([504, 504]);
});

test('a request may say how long it waits', async () => {
  const server = await served({}, { isStuck: true });
  const { statusCode, body } = await server.app.inject({ ...classify, url: '/classify?timeout=20' });
  expect([statusCode, JSON.parse(body).error]).toEqual([504, 'net, version 1: no answer within 20 ms.']);
});

test('whoever hangs up is not computed for', async () => {
  const server = await served({ queue: 5 }, { isStuck: true });
  const address = await server.listen({ port: 0 });
  const ask = (signal: AbortSignal) => fetch(`${address}/classify`, { method: 'POST', body: 'x', signal }).catch(() => undefined);
  const [stays, leaves] = [new AbortController(), new AbortController()];
  void ask(stays.signal);
  const host = server.models.find('net').current;
  await vi.waitFor(() => expect(host?.busy).toBe(1));
  void ask(leaves.signal);
  await vi.waitFor(() => expect(host?.waiting).toBe(1));
  leaves.abort();
  await vi.waitFor(() => expect(host?.waiting).toBe(0));
  stays.abort();
});

test('bodies together take only so much memory', () => {
  const { take } = bodyBudget(10);
  const give = take(6);
  expect(() => take(5)).toThrow(expect.objectContaining({ status: 503, retryAfterSeconds: 1 }));
  give();
  give();
  expect(() => take(11)).toThrow('too many large requests');
  take(10);
});

test('the log has a line of JSON for each request, and nothing of its contents', async () => {
  const lines: string[] = [];
  const server = await served({ logLevel: 'info', tokens: ['secret-token'] }, { logStream: { write: (line) => void lines.push(line) } });
  lines.length = 0;
  await server.app.inject({ ...withToken('secret-token'), headers: { ...withToken('secret-token').headers, 'x-request-id': 'r-1' } });
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  expect(JSON.parse(lines[0] as string)).toMatchObject({
    reqId: 'r-1',
    method: 'POST',
    url: '/classify',
    status: 200,
    msg: 'answered',
    ms: expect.any(Number),
  });
  expect(lines.join()).not.toContain('secret-token');
});

test('clients load and unload only where they may', async () => {
  const server = await served({ control: true });
  const ask = (url: string) => server.app.inject({ method: 'POST', url });
  expect((await ask('/v2/repository/models/net/unload')).statusCode).toBe(200);
  expect((await server.app.inject({ url: '/v2/models/net/ready' })).statusCode).toBe(503);
  expect((await server.app.inject(classify)).statusCode).toBe(503);
  expect((await ask('/v2/repository/models/net/load')).statusCode).toBe(200);
  expect((await server.app.inject(classify)).statusCode).toBe(200);
  expect((await ask('/v2/repository/models/other/load')).statusCode).toBe(404);
});

test('security headers are on every answer', async () => {
  const server = await served();
  for (const url of ['/', '/v2', '/nowhere']) {
    const { headers } = await server.app.inject({ url });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-powered-by']).toBeUndefined();
  }
});
