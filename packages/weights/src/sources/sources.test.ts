import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { seededRandom } from '../../fixtures/forge.ts';
import { sendBytes, serve, type TestServer } from '../../fixtures/serve.ts';
import { type ByteSource, readRange } from './byte-source.ts';
import { blobSource, bytesSource } from './bytes-source.ts';
import { CACHE_BLOCK_BYTES, cachedSource } from './cached-source.ts';
import { fileSource } from './file-source.ts';
import { FIRST_RANGE_BYTES, httpSource } from './http-source.ts';
import { withSource } from './open-source.ts';

const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7) % 251);
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function file(content: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'resnetjs-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'f.bin'), content);
  return join(folder, 'f.bin');
}

async function server(handle: Parameters<typeof serve>[0]): Promise<TestServer> {
  const started = await serve(handle);
  cleanups.push(started.close);
  return started;
}

test('memory, a Blob, a file and a server give the same bytes', async () => {
  const { url } = await server((request, response) => sendBytes(request, response, bytes));
  const path = await file(bytes);
  const sources: ByteSource[] = [
    bytesSource(bytes),
    bytesSource(bytes.buffer),
    blobSource(new Blob([bytes])),
    await fileSource(path),
    await httpSource(url),
  ];
  for (const source of sources) {
    expect(source.sizeBytes).toBe(bytes.length);
    for (const [start, end] of [
      [0, 0],
      [5, 9],
      [65_000, 70_000],
      [199_999, 200_000],
      [0, 200_000],
    ] as const)
      expect(Buffer.compare(await readRange(source, start, end), bytes.slice(start, end))).toBe(0);
    await expect(readRange(source, 199_999, 200_001)).rejects.toThrow('bytes 199999 to 200001 are needed, but the file has 200000');
    await source.close?.();
  }
});

test('paths, file URLs and web URLs are told apart, and what was opened is closed', async () => {
  const path = await file(bytes);
  const { url } = await server((request, response) => sendBytes(request, response, bytes));
  for (const place of [path, pathToFileURL(path), pathToFileURL(path).href, url, new URL(url)])
    expect(await withSource(place, {}, async ({ sizeBytes }) => sizeBytes)).toBe(200_000);
  let open: ByteSource | undefined;
  await withSource(path, {}, async (source) => {
    open = source;
  });
  await expect(open?.read(0, 1)).rejects.toThrow();
});

test("the caller's own source stays open", async () => {
  let closed = 0;
  const source: ByteSource = { ...bytesSource(bytes), close: async () => void closed++ };
  await withSource(source, {}, async () => undefined);
  expect(closed).toBe(0);
});

test('a file that shrinks while it is read is noticed', async () => {
  const path = await file(bytes);
  const source = await fileSource(path);
  await truncate(path, 100);
  await expect(readRange(source, 0, 200)).rejects.toThrow('reading bytes 0 to 200 gave 100 bytes. The file changed');
  await source.close?.();
});

describe('over HTTP', () => {
  test('a small file takes one request, a larger one a request a read', async () => {
    const { url, requests } = await server((request, response) => sendBytes(request, response, bytes));
    const source = await httpSource(url);
    await source.read(0, 1000);
    await source.read(100_000, 100_010);
    expect(requests).toEqual([`GET / bytes=0-${FIRST_RANGE_BYTES - 1}`, 'GET / bytes=100000-100009']);
  });
  test('a server without ranges is read whole', async () => {
    const { url, requests } = await server((_, response) => response.end(bytes));
    const source = await httpSource(url);
    expect(await source.read(199_990, 200_000)).toEqual(bytes.slice(199_990));
    expect(requests.length).toBe(1);
  });
  test('headers are sent along', async () => {
    const { url } = await server((request, response) =>
      request.headers.authorization === 'Bearer x' ? sendBytes(request, response, bytes) : response.writeHead(401).end(),
    );
    await expect(httpSource(url)).rejects.toThrow('answered 401 Unauthorized');
    expect((await httpSource(url, { headers: { authorization: 'Bearer x' } })).sizeBytes).toBe(200_000);
  });
  test.each([
    [404, true],
    [410, true],
    [403, false],
    [500, false],
  ])('an error of status %i says whether nothing is there', async (status, isAbsent) => {
    const { url } = await server((_, response) => response.writeHead(status).end());
    await expect(httpSource(`${url}/x.pth`)).rejects.toMatchObject({ name: 'CheckpointError', isAbsent });
  });

  test('404 and a dead server are reported with the address', async () => {
    const { url } = await server((_, response) => response.writeHead(404).end());
    await expect(httpSource(`${url}/x.pth`)).rejects.toThrow(`${url}/x.pth: the server answered 404 Not Found. Check the address.`);
    const dead = await serve(() => undefined);
    await dead.close();
    await expect(httpSource(dead.url)).rejects.toThrow(/cannot be reached \(.*ECONNREFUSED/);
  });
  test('a file that is replaced between two reads is noticed', async () => {
    let version = 1;
    const { url } = await server((request, response) => sendBytes(request, response, bytes, { etag: `"${version}"` }));
    const source = await httpSource(url);
    version = 2;
    await expect(source.read(100_000, 100_010)).rejects.toThrow('the file changed while it was read');
  });
  test('a part without a total, as browsers show those of other origins, is followed by the whole', async () => {
    const { url, requests } = await server((request, response) =>
      request.headers.range ? response.writeHead(206).end(bytes.subarray(0, 10)) : response.end(bytes),
    );
    const source = await httpSource(url);
    expect(source.sizeBytes).toBe(200_000);
    expect(requests.length).toBe(2);
  });
  test('a request can be aborted', async () => {
    const { url } = await server(() => undefined);
    await expect(httpSource(url, { signal: AbortSignal.timeout(20) })).rejects.toThrow('timeout');
  });
});

test('a cached source gives the same bytes in fewer reads', async () => {
  const large = new Uint8Array(3 * CACHE_BLOCK_BYTES + 17).map((_, i) => i % 253);
  let reads = 0;
  const source = cachedSource({ ...bytesSource(large), read: async (start, end) => large.subarray(start, end + 0 * reads++) });
  const random = seededRandom(3);
  for (let i = 0; i < 500; i++) {
    const start = random(large.length);
    const end = Math.min(large.length, start + random(i % 50 ? 2000 : 2 * CACHE_BLOCK_BYTES));
    const got = await source.read(start, end);
    if (Buffer.compare(got, large.subarray(start, end))) throw new Error(`bytes ${start} to ${end} differ`);
  }
  expect(reads).toBeLessThan(20);
});
