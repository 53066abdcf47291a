/** What wrappers put before every name: DataParallel and DDP, torch.compile, Lightning. */
export const WRAPPER_PREFIXES = ['module.', '_orig_mod.', 'model.'] as const;

/** Removes the wrappers' prefixes that all names share, the outermost first. */
export function stripPrefixes<Value>(dict: ReadonlyMap<string, Value>): Map<string, Value> {
  const names = [...dict.keys()];
  const prefix = WRAPPER_PREFIXES.find(
    (wrapper) => names.length > 0 && names.every((name) => name.startsWith(wrapper) && name !== wrapper),
  );
  return prefix ? stripPrefixes(new Map([...dict].map(([name, value]) => [name.slice(prefix.length), value]))) : new Map(dict);
}
