import { DatasetError } from './dataset-error.ts';

/** A table's rows, and where each begins. */
export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly { readonly fields: readonly string[]; readonly line: number }[];
}

/**
 * Splits CSV text (RFC 4180: quoted fields may hold separators, line breaks and doubled quotes) into rows; empty lines are skipped.
 * Fields are separated by what the first line has most of, commas, semicolons (Excel where the comma is decimal) or tabs, or by
 * what it says (`sep=;`).
 *
 * @throws DatasetError for a quote that is never closed: what came after it would be lost.
 */
export function parseCsv(text: string, name: string): CsvTable {
  const said = /^sep=(.)\r?\n/i.exec(text);
  const body = said ? text.slice(said[0].length) : text;
  const separator = said?.[1] ?? likelySeparator(body);
  const plain = separator.replace(/[\\\]^-]/, '\\$&');
  // A field, quoted or not, and what ends it; sticky, so that each step continues where the last one ended.
  const field = new RegExp(`(?:"((?:[^"]|"")*)"|([^${plain}\\r\\n]*))([${plain}]|\\r?\\n|\\r|$)`, 'y');
  const rows: { fields: string[]; line: number }[] = [];
  let fields: string[] = [];
  let line = said ? 2 : 1;
  let begun = line;
  while (field.lastIndex < body.length) {
    const match = field.exec(body) as RegExpExecArray; // an empty field at least
    const [whole, quoted, bare, end] = match;
    if (bare?.startsWith('"'))
      throw new DatasetError(
        `${name}: the quote in line ${line} is not closed where its field ends: ${bare.slice(0, 40)}. Double quotes within a field.`,
      );
    fields.push(quoted?.replaceAll('""', '"') ?? bare ?? '');
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end === separator) {
      if (field.lastIndex < body.length) continue;
      fields.push('');
    }
    if (fields.length > 1 || fields[0] !== '') rows.push({ fields, line: begun });
    fields = [];
    begun = line;
  }
  const [header, ...rest] = rows;
  return { header: header?.fields ?? [], rows: rest };
}

/** Of the separators that there are, the one that the first line has most of, outside of quotes; a comma in doubt. */
function likelySeparator(text: string): string {
  const [first = ''] = text
    .replace(/"(?:[^"]|"")*"/g, '')
    .split(/\r?\n|\r/)
    .filter(Boolean);
  const counts = [',', ';', '\t'].map((separator) => ({ separator, count: first.split(separator).length }));
  return counts.reduce((most, one) => (one.count > most.count ? one : most)).separator;
}
