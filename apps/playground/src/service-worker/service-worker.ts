/// <reference lib="webworker" />

// A classic script with nothing imported, so that every browser that has service workers can run it.

/** Put before this script by `build-service-worker.ts`. */
declare const BUILD: {
  /** Differs from every other build's. */
  readonly version: string;
  /** Every file of the page, relative to it. */
  readonly files: readonly string[];
};

const worker = globalThis as unknown as ServiceWorkerGlobalScope;

// Other pages of this origin have caches of their own, and maybe playgrounds of their own.
const PREFIX = `resnetjs-playground ${worker.registration.scope} `;
const CACHE = PREFIX + BUILD.version;
const PAGE = new URL('index.html', worker.registration.scope).href;

worker.addEventListener('install', (event) => event.waitUntil(store()));
worker.addEventListener('activate', (event) => event.waitUntil(Promise.all([removeOthers(), worker.clients.claim()])));
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const isOurs = request.method === 'GET' && request.url.startsWith(worker.registration.scope);
  if (isOurs) event.respondWith(answer(request));
});

/** All files or none: without one of them this version is not installed, and the next load tries again. */
async function store(): Promise<void> {
  const cache = await caches.open(CACHE);
  try {
    // Names of files hold their contents' hashes, but for the page's own, which an HTTP cache may have of another build.
    await cache.addAll(BUILD.files.map((file) => new Request(new URL(file, worker.registration.scope), { cache: cacheModeOf(file) })));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

const cacheModeOf = (file: string): RequestCache => (file.includes('/') ? 'default' : 'no-cache');

// Only once no tab shows the version before: it may still ask for its files.
async function removeOthers(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const isPage = request.url.split(/[?#]/)[0] === worker.registration.scope;
  const found = await cache.match(isPage ? PAGE : request, { ignoreVary: true });
  return isolated(found ?? (await fetch(request)));
}

/** The headers without which browsers let no page share memory with workers, and so have threads. */
function isolated(response: Response): Response {
  if (response.type === 'opaque' || response.type === 'opaqueredirect' || response.type === 'error') return response;
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cross-origin-embedder-policy', 'require-corp');
  headers.set('cross-origin-resource-policy', 'same-origin');
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  return new Response(hasBody ? response.body : null, { status, statusText, headers });
}
