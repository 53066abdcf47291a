const MAX_NAMED = 6;

/** `a, b, c` of few names; of many the first ones, and how many more there are. */
export function some(names: readonly string[], most = MAX_NAMED): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(', ')}, and ${more} more` : names.join(', ');
}

/** `1 image`, `3 images` */
export const counted = (n: number, noun: string, plural = `${noun}s`): string => `${n} ${n === 1 ? noun : plural}`;
