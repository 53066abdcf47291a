/**
 * Names that an object in a JSON text has twice, down to `depth` objects or arrays deep.
 *
 * `JSON.parse` keeps the last one silently, and other readers the first, so that two programs could see
 * two different models in one file.
 *
 * @param json a text that `JSON.parse` accepts; it may be long and hostile, so no regular expression runs over it.
 */
export function duplicateKeys(json: string, depth = 2): string[] {
  const duplicates: string[] = [];
  const open: (Set<string> | undefined)[] = []; // one for each bracket around; undefined for an array
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (char === '{') open.push(new Set());
    else if (char === '[') open.push(undefined);
    else if (char === '}' || char === ']') open.pop();
    else if (char === '"') {
      const start = i;
      while (json[++i] !== '"') if (json[i] === '\\') i++;
      const seen = open.at(-1);
      if (!seen || open.length > depth || !followedByColon(json, i + 1)) continue;
      const key = JSON.parse(json.slice(start, i + 1)) as string; // "\u0061" is "a"
      if (seen.has(key)) duplicates.push(key);
      seen.add(key);
    }
  }
  return duplicates;
}

function followedByColon(json: string, from: number): boolean {
  let i = from;
  while (json[i] === ' ' || json[i] === '\n' || json[i] === '\r' || json[i] === '\t') i++;
  return json[i] === ':';
}
