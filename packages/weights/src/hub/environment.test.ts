import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { COMMIT, fakeHub, type Hub, sha256, weightFile } from '../../fixtures/fake-hub.ts';
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
  for (const name of ['HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE']) vi.stubEnv(name, '');
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

describe("what Hugging Face's own tools have downloaded", () => {
  /** Lays `timm/tiny` out as they do: links to blobs, or on Windows the files themselves. */
  async function keep(folder: string, { links, ref = 'main' }: { links: boolean; ref?: string }): Promise<void> {
    const place = join(folder, 'models--timm--tiny');
    const snapshot = join(place, 'snapshots', COMMIT);
    for (const made of [snapshot, join(place, 'blobs'), join(place, 'refs', ref, '..')]) await mkdir(made, { recursive: true });
    await writeFile(join(place, 'refs', ref), COMMIT);
    for (const [name, bytes] of hub.files) {
      const etag = name.endsWith('.safetensors') ? sha256(bytes) : sha256(bytes).slice(0, 40);
      await writeFile(links ? join(place, 'blobs', etag) : join(snapshot, name), bytes);
      if (links) await symlink(join('..', '..', 'blobs', etag), join(snapshot, name));
    }
  }
  const downloaded = async (id = 'timm/tiny'): Promise<string[]> => {
    const files: string[] = [];
    const { stateDict } = await fromPretrained(id, { onProgress: ({ file }) => files.push(file) });
    expect(stateDict.get('fc.bias')?.data[1]).toBe(2);
    return [...new Set(files)];
  };

  test.each([
    ['by links', true],
    ['as copies', false],
  ])('%s is not downloaded again, and read offline', async (_, links) => {
    await keep(join(home, 'hub'), { links });
    expect(await downloaded()).toEqual([]);
    const asked = hub.requests.length;
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await downloaded()).toEqual([]);
    expect(await downloaded(`timm/tiny@${COMMIT}`)).toEqual([]);
    expect(hub.requests.length).toBe(asked);
    expect(await cachedRepositories()).toEqual([]);
  });

  test('is found by HF_HUB_CACHE, under any branch, whose name may have slashes', async () => {
    vi.stubEnv('HF_HUB_CACHE', join(home, 'elsewhere'));
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    await keep(join(home, 'elsewhere'), { links: true, ref: 'refs/pr/1' });
    expect(await downloaded('timm/tiny@refs/pr/1')).toEqual([]);
    await expect(downloaded()).rejects.toThrow(/model\.safetensors is not in .*resnetjs or .*elsewhere, and offline is set/);
    await expect(downloaded('timm/tiny@../..')).rejects.toThrow('offline is set');
  });

  test('is left alone where the hub has another file by now, or it was cut off', async () => {
    await keep(join(home, 'hub'), { links: true });
    const changed = weightFile.slice();
    changed[changed.length - 1] = 0x41; // fc.bias[2] = 12
    hub.files.set('model.safetensors', changed);
    vi.stubEnv('HF_HUB_DISABLE_IMPLICIT_TOKEN', '1');
    const first = await fromPretrained('timm/tiny');
    expect(first.stateDict.get('fc.bias')?.data[2]).toBe(12);
    expect((await cachedRepositories()).map(({ repo }) => repo)).toEqual(['timm/tiny']);
    hub.files.set('model.safetensors', weightFile);
    await writeFile(join(home, 'hub', 'models--timm--tiny', 'blobs', sha256(weightFile)), weightFile.subarray(0, 1000));
    expect(await downloaded()).toEqual(['model.safetensors']);
  });

  test('is not looked at by whoever names another hub or cache', async () => {
    await keep(join(home, 'hub'), { links: true });
    for (const options of [{ baseUrl: hub.url }, { cache: join(home, 'own') }])
      await expect(fromPretrained('timm/tiny', { ...options, offline: true })).rejects.toThrow('offline is set');
  });
});
