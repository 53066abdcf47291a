import type { PassedOver } from '../files/file-access.ts';
import { some } from './in-words.ts';

/** What was passed over below `root`, in sentences: one for each reason. */
export function tellPassedOver(root: string, passedOver: readonly PassedOver[]): string[] {
  const byReason = new Map<PassedOver['why'], string[]>();
  for (const { path, why, target } of passedOver) {
    const name = path.startsWith(root) ? path.slice(root.length).replace(/^[/\\]/, '') : path;
    const names = byReason.get(why) ?? [];
    byReason.set(why, names);
    names.push(target === undefined ? name : `${name} -> ${target}`);
  }
  return [...byReason].map(([why, names]) => `${root}: passed over, as ${why}: ${some(names)}.`);
}
