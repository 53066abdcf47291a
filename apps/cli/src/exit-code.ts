/** What the shell gets to know. */
export const EXIT = { done: 0, failed: 1, wrongUsage: 2 } as const;
