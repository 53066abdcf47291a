/**
 * Cuts a listing into pieces of about `size`, holding one piece at a time. Where it is cut depends on the names at the cut alone, so that
 * a name that comes or goes changes its own piece and perhaps the next, not all that follow.
 *
 * @param size at least half as many are in each piece but the last, and at most twice as many
 */
export async function* cut<T extends { readonly name: string }>(listing: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  const [least, most] = [Math.ceil(size / 2), 2 * size];
  const every = Math.max(1, Math.floor(size / 2)); // after `least`, one name in so many is the last of its piece
  let piece: T[] = [];
  for await (const one of listing) {
    piece.push(one);
    if (piece.length < least) continue;
    if (piece.length < most && scattered(one.name) % every !== 0) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}

/** FNV-1a, then mixed: its lowest bits alone follow the names'. */
function scattered(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
