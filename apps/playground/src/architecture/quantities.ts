const UNITS = ['', ' K', ' M', ' G', ' T'] as const;

/** `269,722` becomes `270 K`, with three digits. */
export function short(count: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)));
  const scaled = count / 1000 ** power;
  return `${power === 0 ? scaled : scaled.toPrecision(3)}${UNITS[power]}`;
}

/** `269,722` */
export const exact = (count: number): string => count.toLocaleString('en');

/** `12.3 MB`, of 1,000,000 bytes. */
export const bytes = (count: number): string => `${short(count).replace(/[^ KMGT]$/, '$& ')}B`;

/** `56×56×64` of `[N,H,W,C]` */
export const shape = ([, ...sides]: readonly number[]): string => sides.join('×');

/** `1 block`, `3 blocks` */
export const counted = (count: number, noun: string): string => `${exact(count)} ${noun}${count === 1 ? '' : 's'}`;
