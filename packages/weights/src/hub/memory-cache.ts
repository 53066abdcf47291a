import type { CacheLike } from './browser-cache.ts';

/** A `Cache` that lasts as long as the page, for pages without one (those not served over HTTPS). */
export function memoryCache(): CacheLike {
  const entries = new Map<string, Response>();
  return {
    match: async (url) => entries.get(url)?.clone(),
    put: async (url, response) => void entries.set(url, new Response(await response.blob())),
    delete: async (url) => entries.delete(url),
  };
}
