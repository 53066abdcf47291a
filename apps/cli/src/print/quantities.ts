/** `25,557,032`. Not by `Intl`, which takes a command longer to load than some images to classify. */
export const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/** Multiply-accumulates: `4.089 G`, `40.6 M`; `–` for none. */
export function macs(n: number): string {
  if (n === 0) return '–';
  const [unit, size] = n >= 1e9 ? ['G', 1e9] : n >= 1e5 ? ['M', 1e6] : ['k', 1e3];
  const value = n / (size as number);
  return `${value.toFixed(unit === 'G' ? 3 : 1)} ${unit}`;
}

/** `97.5 MiB` */
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  const [unit, size] = n >= 2 ** 30 ? ['GiB', 2 ** 30] : n >= 2 ** 20 ? ['MiB', 2 ** 20] : ['KiB', 2 ** 10];
  return `${(n / (size as number)).toFixed(1)} ${unit}`;
}

/** `91.50 %` of a share between 0 and 1. */
export const percent = (share: number, digits = 2): string => `${(share * 100).toFixed(digits)} %`;

/** `1 image`, `1,000 images` */
export const counted = (n: number, noun: string, plural = `${noun}s`): string => `${count(n)} ${n === 1 ? noun : plural}`;
