/** How names of classes were found among others. */
export interface MatchedNames {
  /** For each name its place among the others; -1 where it is not there, or there is doubt. */
  readonly indices: readonly number[];
  /** Pairs that are not written alike: differing in case, in spaces or underscores, or in Unicode's form. */
  readonly loosely: readonly { readonly name: string; readonly found: string }[];
  /** Names that may be one of several, or share the only one: the places of those. */
  readonly doubtful: readonly { readonly name: string; readonly candidates: readonly number[] }[];
  readonly unknown: readonly string[];
}

const composed = (name: string) => name.normalize('NFC');
const spaced = (name: string) =>
  composed(name)
    .replace(/[\s_-]+/gu, ' ')
    .trim();
const lower = (name: string) => composed(name).toLowerCase();

/** From the strictest rule to the loosest. */
const RULES: readonly ((name: string) => string)[] = [(name) => name, composed, spaced, lower, (name) => lower(spaced(name))];

/**
 * Finds each of `names` among `others`: the same text where there is one, else one that differs in Unicode's form, then in spaces,
 * underscores and hyphens, then in case, then in all of these. No two names find the same, and where two would do, neither is taken:
 * `Ant` is not `ant` where both exist.
 */
export function matchNames(names: readonly string[], others: readonly string[]): MatchedNames {
  const indices = new Array<number>(names.length).fill(-1);
  const candidates = new Map<number, ReadonlySet<number>>();
  const taken = new Set<number>();
  for (const rule of RULES) {
    const byKey = new Map<string, number[]>();
    for (const [i, other] of others.entries()) {
      if (taken.has(i)) continue;
      const key = rule(other);
      const same = byKey.get(key);
      if (same) same.push(i);
      else byKey.set(key, [i]);
    }
    const wanted = new Map<number, number[]>();
    for (const [n, name] of names.entries()) {
      if (indices[n] !== -1 || candidates.has(n)) continue;
      const found = byKey.get(rule(name)) ?? [];
      if (found.length > 1) candidates.set(n, new Set(found));
      else if (found.length === 1) wanted.set(found[0] as number, [...(wanted.get(found[0] as number) ?? []), n]);
    }
    for (const [i, by] of wanted) {
      taken.add(i);
      if (by.length === 1) indices[by[0] as number] = i;
      else for (const n of by) candidates.set(n, new Set([i]));
    }
  }
  const named = [...names.entries()];
  return {
    indices,
    loosely: named.flatMap(([n, name]) => {
      const found = others[indices[n] as number];
      return found === undefined || found === name ? [] : [{ name, found }];
    }),
    doubtful: named.flatMap(([n, name]) => {
      const several = candidates.get(n);
      return several ? [{ name, candidates: [...several] }] : [];
    }),
    unknown: named.flatMap(([n, name]) => (indices[n] === -1 && !candidates.has(n) ? [name] : [])),
  };
}

/** Groups of names that are one when case and Unicode's form are left out of account. */
export function alikeNames(names: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const name of names) groups.set(lower(name), [...(groups.get(lower(name)) ?? []), name]);
  return [...groups.values()].filter((group) => group.length > 1);
}
