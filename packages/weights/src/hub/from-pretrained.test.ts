import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { COMMIT, fakeHub, type Hub, headersOf, sha256, stateDict, timmConfig, weightFile, whole } from '../../fixtures/fake-hub.ts';
import { fixture } from '../../fixtures/forge.ts';
import { sendBytes, serve } from '../../fixtures/serve.ts';
import { browserCache } from './browser-cache.ts';
import { diskCache } from './disk-cache.ts';
import { type FromPretrainedOptions, fromPretrained } from './from-pretrained.ts';
import type { HubCache } from './hub-cache.ts';
import { memoryCache } from './memory-cache.ts';

/** So that the weights have two pieces and a rest. */
const PIECE_BYTES = 2 ** 17;

let hub: Hub;
let folder: string;
beforeEach(async () => {
  hub = await fakeHub();
  folder = await mkdtemp(join(tmpdir(), 'resnetjs-hub-'));
});
afterEach(async () => {
  await hub.close();
  await rm(folder, { recursive: true });
});

const isWhole = (loaded: Awaited<ReturnType<typeof fromPretrained>>) =>
  Buffer.compare(
    new Uint8Array(loaded.stateDict.get('conv1.weight')?.data.buffer as ArrayBuffer),
    new Uint8Array(stateDict.get('conv1.weight')?.data.buffer as ArrayBuffer),
  ) === 0;
const progressTo =
  (onProgress: FromPretrainedOptions['onProgress']): NonNullable<FromPretrainedOptions['onProgress']> =>
  (progress) => {
    hub.onProgress(progress);
    onProgress?.(progress);
  };
const weightRequests = () =>
  hub.requests.filter((request) => request.includes('model.safetensors')).map((request) => request.split(' ')[2]);

describe.each<[string, () => HubCache]>([
  ['on disk', () => diskCache(folder)],
  ["in the browser's cache", () => browserCache(memoryCache(), PIECE_BYTES)],
])('cached %s', (_, makeCache) => {
  let cache: HubCache;
  beforeEach(() => {
    cache = makeCache();
  });
  const load = ({ onProgress, ...options }: FromPretrainedOptions = {}) =>
    fromPretrained('timm/tiny', { baseUrl: hub.url, cache, retryDelayMs: 1, onProgress: progressTo(onProgress), ...options });

  test('weights and manifest come from config.json and model.safetensors', async () => {
    const progress: string[] = [];
    const loaded = await load({ onProgress: ({ file, doneBytes, totalBytes }) => progress.push(`${file} ${doneBytes}/${totalBytes}`) });
    expect(isWhole(loaded)).toBe(true);
    expect(loaded.manifest).toMatchObject({
      architecture: 'resnet50',
      config: { classes: 1000 },
      preprocessing: { resize: 235, crop: [224, 224], interpolation: 'bicubic', mean: [0.485, 0.456, 0.406] },
      source: `${hub.url}/timm/tiny/tree/${COMMIT}`,
    });
    expect(progress.at(-1)).toBe(`model.safetensors ${weightFile.length}/${weightFile.length}`);
  });

  test('a second time nothing is downloaded, and offline nothing is asked', async () => {
    await load();
    let received = 0;
    expect(isWhole(await load({ onProgress: () => received++ }))).toBe(true);
    expect(received).toBe(0);
    const { length } = hub.requests;
    expect(isWhole(await load({ offline: true }))).toBe(true);
    expect(hub.requests.length).toBe(length);
  });

  test('a commit is asked for once only', async () => {
    await load({ revision: COMMIT });
    const { length } = hub.requests;
    await load({ revision: COMMIT });
    expect(hub.requests.length).toBe(length);
  });

  test('offline without a cached file is an error that says what to do', async () => {
    await expect(load({ offline: true })).rejects.toThrow(
      /timm\/tiny: model\.safetensors is not in .*, and offline is set\. Load it once without offline, or fetch http.*\/model\.safetensors and give the file/,
    );
  });

  test('a changed file is downloaded anew, and the old one goes', async () => {
    await load();
    const changed = weightFile.slice();
    changed[changed.length - 1] = 0x41; // fc.bias[2] = 12
    hub.files.set('model.safetensors', changed);
    expect((await load()).stateDict.get('fc.bias')?.data[2]).toBe(12);
    expect((await load({ offline: true })).stateDict.get('fc.bias')?.data[2]).toBe(12);
  });

  test('when the hub cannot be reached or is ill, what is cached is used', async () => {
    await load();
    hub.mischief.push((_request, response) => response.writeHead(503).end());
    expect(isWhole(await load())).toBe(true);
    await hub.close();
    expect(isWhole(await load())).toBe(true);
  });

  test('a broken connection is taken up where it broke, without asking', async () => {
    hub.mischief.push(hub.cutAfter(3e4), hub.cutAfter(1.7e5));
    expect(isWhole(await load())).toBe(true);
    const starts = weightRequests().map((range) => Number(range?.slice('bytes='.length, -1)));
    expect(starts.length).toBe(3);
    expect(starts[0]).toBe(0);
    expect(starts[1]).toBeGreaterThan(0);
    expect(starts[2]).toBeGreaterThan(starts[1] as number);
  });

  test('a download that was stopped goes on the next time', async () => {
    const controller = new AbortController();
    const onProgress = ({ file, doneBytes }: { file: string; doneBytes: number }) => {
      if (file === 'model.safetensors' && doneBytes > PIECE_BYTES + 2e4) controller.abort(new Error('stopped'));
    };
    await expect(load({ signal: controller.signal, onProgress })).rejects.toThrow('stopped');
    const before = weightRequests().length;
    expect(isWhole(await load())).toBe(true);
    const [, second] = weightRequests().slice(before); // the first finds out that the file is still the same
    expect(Number(second?.slice('bytes='.length, -1))).toBeGreaterThanOrEqual(PIECE_BYTES);
  });

  test('a connection that breaks again and again is given up, and what came is kept', async () => {
    const cut: Hub['mischief'][number] = (_request, response) => response.destroy();
    hub.mischief.push(hub.cutAfter(2e5), ...Array(4).fill(cut));
    await expect(load()).rejects.toThrow(/model\.safetensors: the server cannot be reached/);
    expect(isWhole(await load())).toBe(true);
    expect(Number(weightRequests().at(-1)?.slice('bytes='.length, -1))).toBeGreaterThanOrEqual(PIECE_BYTES);
  });

  test('a server without ranges is read from the start again', async () => {
    const cutWhole: Hub['mischief'][number] = (_request, response, bytes) => {
      response.writeHead(200, { ...headersOf('model.safetensors', bytes), 'content-length': bytes.length });
      response.write(bytes.subarray(0, 1.7e5), () => setTimeout(() => response.destroy(), 20));
    };
    hub.mischief.push(cutWhole, whole);
    expect(isWhole(await load())).toBe(true);
  });

  test('a server that answers ranges with other ranges is not believed', async () => {
    const fromZero: Hub['mischief'][number] = (request, response, bytes) => {
      delete request.headers.range;
      response
        .writeHead(206, { ...headersOf('model.safetensors', bytes), 'content-range': `bytes 0-${bytes.length - 1}/${bytes.length}` })
        .end(bytes);
    };
    hub.mischief.push(hub.cutAfter(2e5), fromZero);
    await expect(load()).rejects.toThrow('the server sent another part. Fetch it again');
  });

  test('a wrong SHA-256 is refused and not kept', async () => {
    hub.mischief.push((request, response, bytes) => {
      const damaged = bytes.slice();
      damaged[5000] = (damaged[5000] as number) ^ 1;
      sendBytes(request, response, damaged, headersOf('model.safetensors', bytes));
    });
    await expect(load()).rejects.toThrow(new RegExp(`its SHA-256 is [0-9a-f]{64} but should be ${sha256(weightFile)}`));
    expect(isWhole(await load())).toBe(true);
  });

  test('fewer or more bytes than announced are noticed', async () => {
    const short: Hub['mischief'][number] = (_request, response, bytes) =>
      response.writeHead(200, { 'x-linked-size': String(bytes.length), etag: '"a"' }).end(bytes.subarray(0, 1000));
    hub.mischief.push(...Array(6).fill(short));
    await expect(load({ retries: 1 })).rejects.toThrow(`the server stopped after 1000 of ${weightFile.length} bytes`);
    hub.mischief.length = 0;
    hub.mischief.push((_request, response, bytes) => response.writeHead(200, { 'x-linked-size': '999' }).end(bytes));
    await expect(load()).rejects.toThrow('more than the 999 bytes it announced');
  });

  test('a file that changes while it is fetched is noticed', async () => {
    hub.mischief.push(hub.cutAfter(2e5), (request, response, bytes) => sendBytes(request, response, bytes, { etag: '"other"' }));
    await expect(load()).rejects.toThrow('the file changed while it was fetched');
  });

  test('what is damaged in the cache is fetched again, and refused offline', async () => {
    const unsound: HubCache = {
      ...cache,
      find: async (key) => {
        const found = await cache.find(key);
        if (!found || key.path === 'config.json') return found;
        return {
          ...found,
          isVerified: false, // as is what was written since
          source: { ...found.source, read: async (start, end) => (await found.source.read(start, end)).map((byte) => byte ^ 1) },
        };
      },
    };
    await load();
    await expect(load({ cache: unsound, offline: true })).rejects.toThrow('It was removed from the cache');
    expect(isWhole(await load())).toBe(true);
  });
});

describe('what hubs answer', () => {
  const load = ({ onProgress, ...options }: FromPretrainedOptions = {}) =>
    fromPretrained('timm/tiny', { baseUrl: hub.url, cache: folder, retryDelayMs: 1, onProgress: progressTo(onProgress), ...options });

  test('a large file lies on another server, which does not see the token; the hub knows its SHA-256', async () => {
    const seen: (string | undefined)[] = [];
    const storage = await serve((request, response) => {
      seen.push(request.headers.authorization);
      sendBytes(request, response, weightFile, { etag: `"${'0'.repeat(64)}"` }); // a hash of another kind
    });
    const redirect: Hub['mischief'][number] = (request, response, bytes) => {
      seen.push(request.headers.authorization);
      response
        .writeHead(302, { location: `${storage.url}/blob`, 'x-linked-etag': `"${sha256(bytes)}"`, 'x-linked-size': bytes.length })
        .end();
    };
    hub.mischief.push(redirect);
    expect(isWhole(await load({ accessToken: 'secret' }))).toBe(true);
    expect(seen).toEqual(['Bearer secret', undefined]);
    hub.mischief.push((_request, response) =>
      response.writeHead(302, { location: `${storage.url}/blob`, 'x-linked-etag': `"${'1'.repeat(64)}"` }).end(),
    );
    await expect(load({ cache: join(folder, 'new') })).rejects.toThrow(`should be ${'1'.repeat(64)}`);
    // Without the hub's word, the storage's hash is nothing to compare with.
    hub.mischief.push((_request, response) => response.writeHead(302, { location: `${storage.url}/blob` }).end());
    expect(isWhole(await load({ cache: join(folder, 'newer') }))).toBe(true);
    await storage.close();
  });
  test('a redirect to a relative address is followed, a circle of them is not', async () => {
    hub.mischief.push((_request, response) => response.writeHead(307, { location: '../main/model.safetensors' }).end());
    expect(isWhole(await load())).toBe(true);
    const circle: Hub['mischief'][number] = (request, response) => response.writeHead(302, { location: request.url }).end();
    hub.mischief.push(...Array(9).fill(circle));
    await expect(load({ cache: join(folder, 'new') })).rejects.toThrow('redirected more than 5 times');
  });
  test('a redirect away from HTTPS is refused', async () => {
    const fetch = async () => new Response(null, { status: 302, headers: { location: 'http://example.invalid/x' } });
    await expect(load({ baseUrl: 'https://hub.invalid', fetch })).rejects.toThrow('redirects to http://example.invalid, which is not safe');
  });
  test('404, 401 and 500 say what to check', async () => {
    await expect(fromPretrained('timm/other', { baseUrl: hub.url, cache: folder })).rejects.toThrow(
      `${hub.url}/timm/other/resolve/main/model.safetensors: there is no such file (404 Not Found). Check the name and the revision.`,
    );
    hub.mischief.push((_request, response) => response.writeHead(401).end());
    await expect(load()).rejects.toThrow('401 Unauthorized. The repository does not exist, or is closed to you');
    hub.mischief.push((_request, response) => response.writeHead(500).end());
    await expect(load()).rejects.toThrow('answered 500');
  });
  test('a repository with pytorch_model.bin alone is read, too', async () => {
    hub.files.delete('model.safetensors');
    hub.files.set('pytorch_model.bin', fixture('protocol4.pth'));
    expect((await load()).stateDict.size).toBe(6);
    expect((await load({ offline: true })).format).toBe('torch-zip');
    hub.files.clear();
    hub.files.set('config.json', new TextEncoder().encode(JSON.stringify(timmConfig)));
    await expect(load({ cache: join(folder, 'new') })).rejects.toThrow('model.safetensors: there is no such file');
  });
  test('a server without ETag, length or ranges is enough', async () => {
    hub.mischief.push((_request, response, bytes) => void response.write(bytes, () => response.end()));
    expect(isWhole(await load())).toBe(true);
  });
  test('names that would leave the cache or the hub are refused', async () => {
    for (const id of ['resnet50', '../x/y', 'timm/../x', 'timm/x?y', '/etc/passwd', 'timm/.git', 'a/b/c'])
      await expect(fromPretrained(id, { baseUrl: hub.url, cache: folder })).rejects.toThrow('is not the name of a repository');
    await expect(load({ revision: '..' })).rejects.toThrow('there is no such file');
    expect(hub.requests.length).toBe(4); // each file that could be there, of the revision named '..'
  });
  test('a config.json that is not one of timm is refused, all of it at once', async () => {
    hub.files.set(
      'config.json',
      new TextEncoder().encode('{"architectures": ["ResNetForImageClassification"], "pretrained_cfg": {"crop_pct": 2}}'),
    );
    await expect(load()).rejects.toThrow(
      /its config\.json is not one of timm: architecture: .*pretrained_cfg\.input_size: .*pretrained_cfg\.crop_pct: expected a share of at most 1/,
    );
    hub.files.set('config.json', new TextEncoder().encode('<html>'));
    await expect(load()).rejects.toThrow('timm/tiny/config.json: not JSON');
  });
  test('the cache on disk is laid out by host, repository, revision and file', async () => {
    await load({ revision: 'refs/pr/1' });
    const host = new URL(hub.url).host.replace(':', '%3A');
    expect((await readdir(join(folder, host, 'timm--tiny', 'refs%2Fpr%2F1'))).sort()).toEqual([
      'config.json',
      'config.json.meta',
      'model.safetensors',
      'model.safetensors.meta',
    ]);
  });
  test('a file damaged on disk is fetched again', async () => {
    await load();
    const file = join(folder, new URL(hub.url).host.replace(':', '%3A'), 'timm--tiny/main/model.safetensors');
    const bytes = await readFile(file);
    bytes[100_000] = (bytes[100_000] as number) ^ 1;
    await writeFile(file, bytes);
    expect(isWhole(await load())).toBe(true);
    await writeFile(file, bytes.subarray(0, 100));
    expect(isWhole(await load())).toBe(true);
    await writeFile(`${file}.meta`, 'nonsense');
    await writeFile(file.replace('model.safetensors', 'config.json'), '{'); // a file without SHA-256: its length tells
    expect(isWhole(await load())).toBe(true);
  });
  test('a file is compared with its SHA-256 once, and again when it was written', async () => {
    await load();
    const file = join(folder, new URL(hub.url).host.replace(':', '%3A'), 'timm--tiny/main/model.safetensors');
    const { atime, mtime } = await stat(file);
    const bytes = await readFile(file);
    bytes[bytes.length - 1] = 0x41; // fc.bias[2] = 12
    await writeFile(file, bytes);
    await utimes(file, atime, new Date(mtime.getTime() + 5000));
    await expect(load({ offline: true })).rejects.toThrow(`should be ${sha256(weightFile)}`);
    await load();
    // Nobody who writes a file sets its time back; here that shows that it is not read twice.
    const { mtimeMs } = await stat(file);
    await writeFile(file, bytes);
    await utimes(file, atime, mtimeMs / 1000);
    const meta = JSON.parse(await readFile(`${file}.meta`, 'utf8')) as object;
    await writeFile(`${file}.meta`, JSON.stringify({ ...meta, verifiedMs: (await stat(file)).mtimeMs }));
    expect((await load({ offline: true })).stateDict.get('fc.bias')?.data[2]).toBe(12);
  });
  test('two downloads of one file at once do not disturb each other', async () => {
    hub.mischief.push(hub.cutAfter(6e4), hub.cutAfter(9e4));
    const [a, b] = await Promise.all([load(), load()]);
    expect([isWhole(a), isWhole(b)]).toEqual([true, true]);
  });
});
