import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeImage } from '@resnetjs/data';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { photo, smallNetwork, temporaryFolder } from './checkpoint.testing.ts';
import { createServer, type ResnetServer } from './server.ts';

const folder = temporaryFolder();
const shell = promisify(execFile);
const lines = readFileSync(new URL('../README.md', import.meta.url), 'utf8').match(/^curl .*$/gm) ?? [];
const hasCurl = await shell('curl', ['--version']).then(
  () => true,
  () => false,
);

describe.skipIf(!hasCurl)('what the README asks curl is answered', () => {
  let server: ResnetServer;
  let address: string;
  beforeAll(async () => {
    const source = await smallNetwork(join(folder, 'small.safetensors'));
    for (const name of ['cat.jpg', 'dog.jpg']) copyFileSync(photo('chelsea.png'), join(folder, name));
    server = await createServer({ models: [{ name: 'small', source }], workers: 1, threads: 1, logLevel: 'silent', maxDelayMs: 0 });
    address = await server.listen({ port: 0 });
  });
  afterAll(() => server?.close());

  const answers: Record<string, (body: string) => unknown> = {
    'top=3': (body) => expect(JSON.parse(body).predictions).toHaveLength(3),
    'dog.jpg': (body) => expect(JSON.parse(body).results.map(({ name }: { name: string }) => name)).toEqual(['cat.jpg', 'dog.jpg']),
    'data:image': (body) => expect(JSON.parse(body).predictions).toHaveLength(5),
    '/embed': (body) => expect(JSON.parse(body).embedding).toHaveLength(64),
    '/explain': async () => expect((await decodeImage(readFileSync(join(folder, 'looks.png')))).width).toBe(451),
    '/v2/models': (body) => expect(JSON.parse(body)).toEqual({ models: ['small'] }),
    '/metrics': (body) => expect(body).toContain('resnet_requests_total'),
  };

  test('all of it is tried', () => expect(lines).toHaveLength(Object.keys(answers).length));
  test.each(lines)('%s', async (line) => {
    const [, isRight] = Object.entries(answers).find(([part]) => line.includes(part)) as [string, (body: string) => unknown];
    const { stdout } = await shell(
      'sh',
      ['-c', line.replace('http://127.0.0.1:8080', address).replace('curl', 'curl --silent --show-error --fail')],
      {
        cwd: folder,
        env: { ...process.env, no_proxy: '127.0.0.1' },
      },
    );
    await isRight(stdout);
  });
});
