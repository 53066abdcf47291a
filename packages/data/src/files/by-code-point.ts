/** Orders names as Python's `sorted` does: by code points, where JavaScript's `<` compares UTF-16 units. */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates (0xd800-0xdfff) stand for code points above every other unit.
    if (x >= 0xd800 && y >= 0xd800) {
      x += x < 0xe000 ? 0x10000 : 0;
      y += y < 0xe000 ? 0x10000 : 0;
    }
    return x - y;
  }
  return a.length - b.length;
}
