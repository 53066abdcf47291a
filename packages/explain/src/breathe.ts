/**
 * Lets whatever waits have its turn: signals, timers, the page. Backends that compute at once would keep all of them waiting for minutes, so
 * that nothing could be stopped.
 */
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
