import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServeOptions, type StaticServer, serveFolders } from './static-server.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resnetjs-served-'));
  await writeFile(join(folder, 'index.html'), 'start');
  await writeFile(join(folder, 'a b.wasm'), 'wasm');
});
afterAll(() => rm(folder, { recursive: true }));

async function served(folders: Record<string, string>, options: ServeOptions, act: (server: StaticServer) => Promise<void>) {
  const server = await serveFolders(folders, options);
  try {
    await act(server);
  } finally {
    await server.close();
  }
}

test('a folder is served below its path, and nothing beside it', () =>
  served({ '/below/path/': folder }, {}, async ({ origin, asked }) => {
    const start = await fetch(`${origin}/below/path/?query`);
    expect([start.headers.get('content-type'), await start.text()]).toEqual(['text/html;charset=utf-8', 'start']);
    expect((await fetch(`${origin}/below/path/a%20b.wasm`)).headers.get('content-type')).toBe('application/wasm');
    const statuses = ['/', '/below/path/none', '/below/path/..%2f..%2fetc/hosts'].map(async (path) => (await fetch(origin + path)).status);
    expect(await Promise.all(statuses)).toEqual([404, 404, 404]);
    expect(asked.slice(0, 3)).toEqual(['index.html', 'a b.wasm', 'none']);
  }));

test('what is served may change', () =>
  served({ '/': folder }, {}, async ({ origin }) => {
    await writeFile(join(folder, 'new.js'), 'one');
    const first = await (await fetch(`${origin}/new.js`)).text();
    await writeFile(join(folder, 'new.js'), 'another');
    expect([first, await (await fetch(`${origin}/new.js`)).text()]).toEqual(['one', 'another']);
  }));

test.each([
  [{}, [null, null, null]],
  [{ isolated: true }, ['same-origin', 'require-corp', null]],
  [{ policy: "script-src 'self'" }, [null, null, "script-src 'self'"]],
])('%j sends these headers', (options, expected) =>
  served({ '/': folder }, options, async ({ origin }) => {
    const { headers } = await fetch(origin);
    const names = ['cross-origin-opener-policy', 'cross-origin-embedder-policy', 'content-security-policy'];
    expect(names.map((name) => headers.get(name))).toEqual(expected);
  }),
);

test('a file that is cut says its length and comes half', () =>
  served({ '/': folder }, { cut: (file) => file.endsWith('.wasm') }, async ({ origin }) => {
    const response = await fetch(`${origin}/a%20b.wasm`);
    expect(response.headers.get('content-length')).toBe('4');
    await expect(response.text()).rejects.toThrow('terminated');
    expect(await (await fetch(origin)).text()).toBe('start');
  }));
