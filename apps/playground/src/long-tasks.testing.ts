import type { Page } from 'playwright-core';

declare global {
  /** In a page that is followed: milliseconds of the longest task that began after a `performance.mark`. */
  function longestTaskSince(mark: string): number;
}

/** Follows what keeps the main thread of a page busy for more than 50 ms at a time, from its start. */
export const followLongTasks = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const tasks: PerformanceEntry[] = [];
    new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({ type: 'longtask', buffered: true });
    globalThis.longestTaskSince = (mark) => {
      const since = performance.getEntriesByName(mark)[0]?.startTime ?? 0;
      return Math.max(0, ...tasks.filter(({ startTime }) => startTime >= since).map(({ duration }) => duration));
    };
  });
