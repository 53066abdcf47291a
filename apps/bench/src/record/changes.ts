import type { Record } from './record.ts';

export interface Change {
  readonly what: string;
  readonly before: number;
  readonly now: number;
  /** Larger, slower to start, or slower beside the others, by more than chance. */
  readonly isWorse: boolean;
}

/** A bundle's size is exact; start-up and speed repeat to some per cent. */
const LIMITS = { bytes: 1.01, startup: 1.15, ratios: 1.1 } as const;

/** What is in both records, and whether it became worse. */
export function changes(before: Record, now: Record): Change[] {
  return (['bytes', 'startup', 'ratios'] as const).flatMap((kind) =>
    Object.entries(now[kind]).flatMap(([what, value]) => {
      const old = before[kind][what];
      if (old === undefined) return [];
      // The others' ratio is how many times as long as resnet.js they take: less of it is worse. Not so a network of its own in 8 bits.
      const isOurs = kind !== 'ratios' || what.endsWith('int8');
      const growth = isOurs ? value / old : old / value;
      return [{ what, before: old, now: value, isWorse: growth > LIMITS[kind] }];
    }),
  );
}
