import { readFileSync } from 'node:fs';
import { request as send } from 'node:http';
import { join } from 'node:path';
import { uniform } from '@resnetjs/core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { photo, smallNetwork, temporaryFolder } from './checkpoint.testing.ts';
import { type MutableRequest, mutated } from './mutate.testing.ts';
import { createServer, type ResnetServer } from './server.ts';

// 1,000 for each by hand: RESNETJS_MUTATIONS=1000 npx vitest run src/mutations.test.ts
const COUNT = Number(process.env.RESNETJS_MUTATIONS ?? 60);
vi.setConfig({ testTimeout: 20_000 + 200 * COUNT });

const folder = temporaryFolder();
const cat = readFileSync(photo('chelsea.png')).subarray(0, 20_000); // broken as it is; and a small one that is not
const dot = Buffer.from('UDYKMiAyCjI1NQr/AAD/AAD/AAD/AAA=', 'base64'); // P6, 2x2, red
let server: ResnetServer;
let address: string;
const lines: string[] = [];

beforeAll(async () => {
  const source = await smallNetwork(join(folder, 'net.safetensors'));
  server = await createServer(
    { models: [{ name: 'net', source }], workers: 1, threads: 1, logLevel: 'error', maxDelayMs: 0, control: true },
    { logStream: { write: (line) => void lines.push(line) } },
  );
  address = await server.listen({ port: 0 });
});
afterAll(() => server?.close());

const json = (body: object): Buffer => Buffer.from(JSON.stringify(body));
const tensor = { name: 'input', datatype: 'FP32', shape: [1, 32, 32, 3], data: Array(3072).fill(0.5) };
const binaryHead = json({ inputs: [{ name: 'input', datatype: 'FP32', shape: [1, 32, 32, 3], parameters: { binary_data_size: 12_288 } }] });
const form = Buffer.concat([
  Buffer.from('--x\r\ncontent-disposition: form-data; name="image"; filename="a"\r\n\r\n'),
  dot,
  Buffer.from('\r\n--x--\r\n'),
]);

const ENDPOINTS: Record<string, MutableRequest> = {
  '/classify, an image': { method: 'POST', path: '/classify', headers: { 'content-type': 'image/x-portable-pixmap' }, body: dot },
  '/classify, a photo': { method: 'POST', path: '/classify?top=2', headers: { 'content-type': 'image/png' }, body: cat },
  '/classify, a form': { method: 'POST', path: '/classify', headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: form },
  '/embed, JSON': {
    method: 'POST',
    path: '/embed',
    headers: { 'content-type': 'application/json' },
    body: json({ image: `data:image/x-portable-pixmap;base64,${dot.toString('base64')}` }),
  },
  '/infer, JSON': {
    method: 'POST',
    path: '/v2/models/net/infer',
    headers: { 'content-type': 'application/json' },
    body: json({ inputs: [tensor] }),
  },
  '/infer, binary': {
    method: 'POST',
    path: '/v2/models/net/versions/1/infer',
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(binaryHead.length) },
    body: Buffer.concat([binaryHead, Buffer.alloc(12_288)]),
  },
  '/repository/index': {
    method: 'POST',
    path: '/v2/repository/index',
    headers: { 'content-type': 'application/json' },
    body: json({ ready: true }),
  },
  metadata: { method: 'GET', path: '/v2/models/net', headers: {}, body: Buffer.alloc(0) },
};

function answerTo({ method, path, headers, body }: MutableRequest): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    const sent = send(
      {
        hostname,
        port,
        method,
        path: encodeURI(path).replaceAll('%25', '%'),
        headers: { ...headers, 'content-length': body.length },
        timeout: 15_000,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject);
    sent.end(body);
  });
}

test.each(Object.entries(ENDPOINTS))('%s: whatever is wrong with a request is its client’s, and is said', async (name, request) => {
  expect((await answerTo(request)).status).toBe(name.includes('photo') ? 422 : 200);
  const random = uniform(2026);
  const statuses: Record<number, number> = {};
  for (let i = 0; i < COUNT; i++) {
    const one = mutated(request, random);
    const { status, text } = await answerTo(one);
    statuses[status] = (statuses[status] ?? 0) + 1;
    const said = `number ${i}, ${one.method} ${one.path} ${JSON.stringify(one.headers)}: ${status} ${text.slice(0, 300)}`;
    expect(status, said).toBeLessThan(500);
    if (status >= 400) expect(text, said).toMatch(/"error":"./);
    expect(text, said).not.toMatch(/node_modules|\.ts:\d|\.js:\d/);
  }
  expect(Object.keys(statuses).filter((status) => Number(status) >= 400).length).toBeGreaterThan(0);
  expect(lines).toEqual([]);
  expect((await answerTo(request)).status).toBe(name.includes('photo') ? 422 : 200);
});
