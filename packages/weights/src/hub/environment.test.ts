import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fakeHub, type Hub } from '../../fixtures/fake-hub.ts';
import { createManifest } from '../manifest/manifest.ts';
import { encodeCheckpoint } from '../save-checkpoint.ts';
import { cachedRepositories, clearCache } from './cached-repositories.ts';
import { fromPretrained } from './from-pretrained.ts';

let hub: Hub;
let home: string;
beforeEach(async () => {
  hub = await fakeHub();
  home = await mkdtemp(join(tmpdir(), 'resnetjs-hf-home-'));
  for (const name of ['HF_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_OFFLINE', 'HF_HUB_DISABLE_IMPLICIT_TOKEN']) vi.stubEnv(name, '');
  vi.stubEnv('HF_ENDPOINT', hub.url);
  vi.stubEnv('HF_HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  await rm(home, { recursive: true });
});

/** What the hub was told about who asks. */
const authorizations = async (load: () => Promise<unknown>): Promise<unknown[]> => {
  const seen: unknown[] = [];
  const { fetch: real } = globalThis;
  const fetch: typeof globalThis.fetch = (url, init) => {
    seen.push(new Headers(init?.headers).get('authorization'));
    return real(url, init);
  };
  vi.stubGlobal('fetch', fetch);
  try {
    await load();
  } finally {
    vi.unstubAllGlobals();
  }
  return [...new Set(seen)];
};

test('HF_ENDPOINT is where repositories are, and HF_HOME where they are kept', async () => {
  const { manifest } = await fromPretrained('timm/tiny');
  expect(manifest?.source).toContain(hub.url);
  const [cached, ...others] = await cachedRepositories();
  expect(others).toEqual([]);
  expect(cached).toMatchObject({ repo: 'timm/tiny', revision: 'main', host: new URL(hub.url).host });
  expect(cached?.folder.startsWith(join(home, 'resnetjs'))).toBe(true);
  expect(cached?.sizeBytes).toBeGreaterThan(300_000);
  await writeFile(join(home, 'resnetjs', 'mine.txt'), 'not of the cache');
  await clearCache(cached ? [cached] : []);
  expect(await cachedRepositories()).toEqual([]);
});

test('HF_TOKEN is told to its hub, and to no other', async () => {
  vi.stubEnv('HF_TOKEN', 'secret');
  expect(await authorizations(() => fromPretrained('timm/tiny', { cache: join(home, 'a') }))).toEqual(['Bearer secret']);
  expect(await authorizations(() => fromPretrained('timm/tiny', { cache: join(home, 'b'), baseUrl: hub.url }))).toEqual([null]);
});

test("the token that Hugging Face's login keeps is used, unless that is switched off", async () => {
  await writeFile(join(home, 'token'), 'kept\n');
  expect(await authorizations(() => fromPretrained('timm/tiny', { cache: join(home, 'a') }))).toEqual(['Bearer kept']);
  vi.stubEnv('HF_HUB_DISABLE_IMPLICIT_TOKEN', '1');
  expect(await authorizations(() => fromPretrained('timm/tiny', { cache: join(home, 'b') }))).toEqual([null]);
});

test('HF_HUB_OFFLINE asks nobody', async () => {
  vi.stubEnv('HF_HUB_OFFLINE', 'TRUE');
  await expect(fromPretrained('timm/tiny')).rejects.toThrow('offline is set');
  expect(hub.requests).toEqual([]);
});

test('a revision may stand behind the name', async () => {
  await fromPretrained('hf-hub:timm/tiny@v1.0');
  expect(hub.requests.every((request) => request.includes('/resolve/v1.0/'))).toBe(true);
});

test('a repository with a manifest of ours needs no config.json', async () => {
  const manifest = createManifest({ architecture: 'resnet18', config: { classes: 2 }, labels: ['ant', 'bee'] });
  const stateDict = new Map([['fc.bias', { shape: [2], data: Float32Array.of(1, 2) }]]);
  const { parts } = await encodeCheckpoint({ stateDict, manifest });
  hub.files.delete('config.json');
  hub.files.set('model.safetensors', new Uint8Array(await new Blob(parts).arrayBuffer()));
  expect((await fromPretrained('timm/tiny')).manifest?.labels).toEqual(['ant', 'bee']);
  // The one beside it counts, so that it can be edited.
  hub.files.set('model.json', new TextEncoder().encode(JSON.stringify({ ...manifest, labels: ['wasp', 'bee'] })));
  expect((await fromPretrained('timm/tiny')).manifest?.labels).toEqual(['wasp', 'bee']);
});
