/** Cores that the browser tells of. */
export const cores = (): number => navigator.hardwareConcurrency || 1;

/** Why this page has one thread only; undefined if it may have more. */
export function missingThreads(): string | undefined {
  if (crossOriginIsolated) return undefined;
  if (!isSecureContext) return 'Threads need a page from https.';
  return reloadBringsThreads()
    ? 'Threads need this page to be loaded once more.'
    : 'Threads need headers (COOP, COEP) that this host does not send, nor a service worker in their place.';
}

/** Whether the service worker, which adds the headers that threads need, is there for the next load. */
export const reloadBringsThreads = (): boolean => !crossOriginIsolated && Boolean(navigator.serviceWorker?.controller);

/** Calls `changed` when a service worker has taken over the page. */
export function onServiceWorker(changed: () => void, signal: AbortSignal): void {
  navigator.serviceWorker?.addEventListener('controllerchange', changed, { signal });
}
