/**
 * A text file's text, without its byte-order mark: UTF-8, UTF-16 as Windows' programs write it (told by its mark, or by the zero
 * bytes between its letters), or Windows-1252, where it is not UTF-8.
 */
export function decodeText(bytes: Uint8Array): string {
  // TextDecoder takes the mark away.
  const decode = (encoding: string, fatal = false) => new TextDecoder(encoding, { fatal }).decode(bytes);
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return decode('utf-16le');
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && second !== undefined)) return decode('utf-16be');
  try {
    return decode('utf-8', true);
  } catch {
    return decode('windows-1252'); // Node 20 takes its rarer signs, such as the euro's, for Latin-1's
  }
}
