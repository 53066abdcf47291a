import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteFile } from './dataset-source.ts';
import { extractTarGz } from './extract-tar.ts';
import { downloadFiles } from './node.ts';

const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3));
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

let folder: string;
let server: Server;
let served: Buffer;
/** Bytes after which the server hangs up; what each request asked for. */
let hangUpAfter = Number.POSITIVE_INFINITY;
let ranges: (string | undefined)[] = [];
/** What has arrived, by the client's word: the server hangs up no sooner, whatever the machine is busy with. */
let received = 0;
const onProgress = ({ receivedBytes }: { receivedBytes: number }): void => {
  received = receivedBytes;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downloads-'));
  served = content;
  ranges = [];
  received = 0;
  hangUpAfter = Number.POSITIVE_INFINITY;
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const body = served.subarray(from);
    response.writeHead(from ? 206 : 200, {
      'content-length': body.length,
      ...(from && { 'content-range': `bytes ${from}-${served.length - 1}/${served.length}` }),
    });
    if (body.length <= hangUpAfter) return void response.end(body);
    response.write(body.subarray(0, hangUpAfter));
    const timer = setInterval(() => received >= from + hangUpAfter && response.destroy(), 5);
    response.on('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const remote = (sum = md5(content)): RemoteFile => ({
  name: 'set.bin',
  urls: [`http://127.0.0.1:${(server.address() as AddressInfo).port}/set.bin`],
  md5: sum,
});

test('a file is downloaded once, with progress', async () => {
  const progress: number[] = [];
  await downloadFiles([remote()], folder, {
    onProgress: ({ receivedBytes, totalBytes }) => progress.push(receivedBytes / (totalBytes as number)),
  });
  await downloadFiles([remote()], folder, {});
  expect(await readFile(join(folder, 'set.bin'))).toEqual(content);
  expect([ranges, progress.at(-1), await readdir(folder)]).toEqual([[undefined], 1, ['set.bin']]);
});

test('a download that was cut continues where it ended', async () => {
  hangUpAfter = 100_000;
  await expect(downloadFiles([remote()], folder, { onProgress })).rejects.toThrow(
    /set.bin could not be downloaded.*put the file set.bin \(MD5 \w+\) from one of these addresses into/,
  );
  const { size } = await stat(join(folder, 'set.bin.part'));
  expect(size).toBe(100_000);
  hangUpAfter = Number.POSITIVE_INFINITY;
  await downloadFiles([remote()], folder, {});
  expect(ranges).toEqual([undefined, `bytes=${size}-`]);
  expect(await readFile(join(folder, 'set.bin'))).toEqual(content);
});

test('a corrupted download is thrown away and never used', async () => {
  await expect(downloadFiles([remote('0'.repeat(32))], folder, {})).rejects.toThrow(
    `expected the MD5 ${'0'.repeat(32)} but received ${md5(content)}`,
  );
  expect(await readdir(folder)).toEqual([]);
});

test('a second address is tried, and without a network both are named', async () => {
  const file = remote();
  await downloadFiles([{ ...file, urls: ['http://127.0.0.1:1/gone', ...file.urls] }], folder, {});
  const offline = async () => Promise.reject(new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') }));
  await expect(
    downloadFiles([{ ...file, name: 'other.bin', urls: ['https://a.test/x', 'https://b.test/y'] }], folder, { fetch: offline }),
  ).rejects.toThrow(/https:\/\/a\.test\/x: fetch failed \(getaddrinfo ENOTFOUND\); https:\/\/b\.test\/y: .*by hand/);
});

test('several at once share one download; a lock whose holder died is taken over', async () => {
  await Promise.all([1, 2, 3].map(() => downloadFiles([remote()], folder, {})));
  expect(ranges).toHaveLength(1);
  const lock = join(folder, 'next.bin.lock');
  await writeFile(lock, '1');
  await utimes(lock, new Date(0), new Date(0));
  await downloadFiles([{ ...remote(), name: 'next.bin' }], folder, {});
  expect((await readdir(folder)).sort()).toEqual(['next.bin', 'set.bin']);
});

test('an abort stops it and keeps what came', async () => {
  hangUpAfter = 100_000;
  const controller = new AbortController();
  const stopped = downloadFiles([remote()], folder, { signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) });
  await expect(stopped).rejects.toThrow('enough');
  expect(await readdir(folder)).toEqual(['set.bin.part']);
});

describe('archives', () => {
  const unpack = async (...entries: Buffer[]) => {
    const archive = join(folder, 'a.tar.gz');
    await writeFile(archive, gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)])));
    return extractTarGz(archive, join(folder, 'out'), { maxBytes: 10_000, maxEntries: 5 });
  };

  test('are unpacked, whatever form their long names have', async () => {
    const long = `set/${'n'.repeat(120)}.bin`;
    const tops = await unpack(
      tarEntry('set/', { type: '5' }),
      tarEntry('set/a.bin', { body: 'one' }),
      tarEntry('././@LongLink', { type: 'L', body: `${long}\0` }),
      tarEntry('short', { body: 'two' }),
      tarEntry('pax', { type: 'x', body: '19 path=set/b.bin \n'.replace(' \n', '\n') }),
      tarEntry('short', { body: 'three' }),
    );
    expect(tops).toEqual(['set']);
    expect((await readdir(join(folder, 'out/set'))).sort()).toEqual(['a.bin', 'b.bin', long.slice(4)]);
    expect(await readFile(join(folder, 'out', long), 'utf8')).toBe('two');
  });

  test.each(['../out.txt', 'set/../../out.txt', '/tmp/out.txt', 'C:/out.txt', 'set\\..\\out.txt'])('cannot write to %s', async (name) => {
    await expect(unpack(tarEntry(name, { body: 'x' }))).rejects.toThrow(/would leave the folder/);
    expect(await readdir(join(folder, 'out'))).toEqual([]);
  });

  test('links, bombs, too many entries, damage and early ends are refused', async () => {
    await expect(unpack(tarEntry('link', { type: '2' }))).rejects.toThrow(/link is a link or device/);
    await expect(unpack(tarEntry('big', { body: 'x'.repeat(20_000) }))).rejects.toThrow(/more than 10000 bytes/);
    await expect(unpack(...Array.from({ length: 6 }, (_, i) => tarEntry(`f${i}`, { body: '' })))).rejects.toThrow(/more than 5 entries/);
    const damaged = tarEntry('a', { body: 'x' });
    damaged[0] = 0x62;
    await expect(unpack(damaged)).rejects.toThrow(/damaged/);
    await writeFile(join(folder, 'cut.tar.gz'), gzipSync(tarEntry('a', { body: 'x'.repeat(2000) })).subarray(0, 60));
    await expect(extractTarGz(join(folder, 'cut.tar.gz'), join(folder, 'out'))).rejects.toThrow(/cannot be unpacked/);
  });
});

function tarEntry(name: string, { type = '0', body = '' }: { type?: string; body?: string }): Buffer {
  const header = Buffer.alloc(512);
  header.write(name.slice(0, 100), 0);
  header.write('0000644\0', 100);
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write(type, 156);
  header.write('ustar\0', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, Buffer.from(body), Buffer.alloc((512 - (body.length % 512)) % 512)]);
}
