/**
 * One row of a CSV file (RFC 4180), its line end included. A text that a spreadsheet would run as a formula gets an apostrophe in front, as
 * typing it there takes one too.
 */
export const csvRow = (cells: readonly (string | number)[]): string => `${cells.map(cell).join(',')}\r\n`;

function cell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
