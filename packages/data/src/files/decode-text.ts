import { DatasetError } from '../datasets/dataset-error.ts';

/**
 * A text file's text, without its byte-order mark: UTF-8, UTF-16 as Windows' programs write it (told by its mark, or by the zero
 * bytes between its letters), or Windows-1252, where it is not UTF-8.
 *
 * @param name of the file, for messages
 * @throws DatasetError for what is no text: a spreadsheet, a picture.
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  const text = decoded(bytes);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no text has them
  if (/[\u0000-\u0008\u000e-\u001f]/.test(text))
    throw new DatasetError(`${name}: no text, by its bytes. Expected a text file; a spreadsheet has to be saved as CSV first.`);
  return text;
}

function decoded(bytes: Uint8Array): string {
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
