/**
 * Stores the page for use without a network, and brings the headers that threads need where the host does not send them: both
 * by a service worker, from the next load on. Without one, the page works all the same.
 */
export async function keepOffline(): Promise<void> {
  // Vite serves the page's sources one by one while they are worked on, with the headers.
  if (import.meta.hot || !('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register(new URL('service-worker.js', document.baseURI));
  } catch (error) {
    console.info('No service worker here, so this page is not offline and has one thread:', error);
  }
}
