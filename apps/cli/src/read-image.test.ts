import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { MAX_FILE_BYTES } from '@resnetjs/data';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { photo } from './places.testing.ts';
import { readImage } from './read-image.ts';

const chelsea = readFileSync(photo('chelsea.png'));
let server: Server;
let home: string;
beforeAll(async () => {
  server = createServer(({ url }, response) => {
    if (url === '/chelsea.png') response.end(chelsea);
    else if (url === '/moved') response.writeHead(302, { location: '/chelsea.png' }).end();
    else if (url === '/page') response.end('<!doctype html><title>Welcome</title>');
    else if (url === '/cut') {
      response.writeHead(200, { 'content-length': chelsea.length });
      response.write(chelsea.subarray(0, 1000), () => response.destroy());
    } else if (url === '/endless')
      Readable.from(endless())
        .on('error', () => {})
        .pipe(response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  home = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function* endless() {
  const chunk = Buffer.alloc(2 ** 20);
  for (;;) yield chunk;
}

test.each([['/chelsea.png'], ['/moved']])('an image at a URL: %s', async (path) => {
  expect(await readImage(home + path, {})).toEqual(await readImage(photo('chelsea.png'), {}));
});

test('an image that is piped in', async () => {
  const stdin = Readable.from([chelsea.subarray(0, 10), chelsea.subarray(10)]);
  expect(await readImage('-', { stdin })).toEqual(await readImage(photo('chelsea.png'), {}));
});

describe('says why there is none', () => {
  test.each([
    ['/nothing', 'the server answers 404 Not Found.'],
    ['/page', 'this is a web page (HTML)'],
    ['/cut', 'cannot be fetched: '],
    ['/endless', `more than the ${MAX_FILE_BYTES} an image may have`],
  ])('%s', async (path, message) => {
    const refused = readImage(home + path, {});
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow(`${home}${path}: `);
  });

  test('no server', async () => {
    await expect(readImage('http://127.0.0.1:9/a.png', {})).rejects.toThrow(/^http:\/\/127\.0\.0\.1:9\/a\.png: cannot be fetched: .+\.$/);
  });

  test.each([
    ['no input at all', {}],
    ['a keyboard', { stdin: Object.assign(Readable.from([]), { isTTY: true }) }],
  ])('%s', async (_, terminal) => {
    await expect(readImage('-', terminal)).rejects.toThrow('standard input: nothing is piped in.');
  });

  test('an empty pipe', async () => {
    await expect(readImage('-', { stdin: Readable.from([]) })).rejects.toThrow('standard input: the file is empty');
  });
});
