/** What wrappers put before every name: DataParallel and DDP, torch.compile, Lightning. */
export const WRAPPER_PREFIXES = ['module.', '_orig_mod.', 'model.'] as const;

/** Removes the wrappers' prefixes that all names share, the outermost first, and says what went. */
export function stripPrefixes<Value>(dict: ReadonlyMap<string, Value>): { dict: Map<string, Value>; prefix: string } {
  const names = [...dict.keys()];
  const outermost = WRAPPER_PREFIXES.find(
    (wrapper) => names.length > 0 && names.every((name) => name.startsWith(wrapper) && name !== wrapper),
  );
  if (outermost === undefined) return { dict: new Map(dict), prefix: '' };
  const inner = stripPrefixes(new Map([...dict].map(([name, value]) => [name.slice(outermost.length), value])));
  return { dict: inner.dict, prefix: outermost + inner.prefix };
}
