/** What the shell gets to know. */
export const EXIT = {
  done: 0,
  failed: 1,
  wrongUsage: 2,
  /** Done, but for images that could not be read. */
  incomplete: 3,
} as const;
