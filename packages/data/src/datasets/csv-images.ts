import { join, parentOf, readFile } from '#files';
import type { DecodeOptions } from '../decode-image.ts';
import { byCodePoint } from '../files/by-code-point.ts';
import { parseCsv } from './csv.ts';
import { type IndexedDataset, indexedDataset } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';

/** Where a CSV's images and labels are. */
export interface CsvOptions {
  /** Header of the column with image paths. Default: the first column. */
  readonly pathColumn?: string;
  /** Header of the column with labels. Default: the second column. */
  readonly labelColumn?: string;
  /** Folder that the paths start from. Default: the CSV's own. */
  readonly root?: string;
  /** Names of the labels, in order. Default: the labels that occur, sorted. */
  readonly classes?: readonly string[];
  readonly decode?: DecodeOptions;
}

/**
 * Opens a CSV (UTF-8, RFC 4180, with a header line) that names an image and its label in each row.
 *
 * @throws DatasetError for a missing column, or rows without path or with unknown labels (the first ten are listed).
 */
export async function csvImages(
  file: string,
  { pathColumn, labelColumn, root = parentOf(file), classes, decode = {} }: CsvOptions = {},
): Promise<IndexedDataset> {
  const [header = [], ...rows] = parseCsv(new TextDecoder().decode(await readFile(file)));
  const column = (name: string | undefined, fallback: number) => {
    const position = name === undefined ? fallback : header.indexOf(name);
    if (position < 0 || position >= header.length) {
      throw new DatasetError(
        `${file}: there is no column ${name ?? fallback + 1}. The header line has: ${header.join(', ') || 'nothing'}.`,
      );
    }
    return position;
  };
  const [pathAt, labelAt] = [column(pathColumn, 0), column(labelColumn, 1)];
  const names = classes ?? [...new Set(rows.map((row) => row[labelAt] ?? ''))].sort(byCodePoint);
  const labels = new Map(names.map((name, label) => [name, label]));

  const wrong = rows.flatMap((row, i) =>
    row[pathAt] && row[labelAt] && labels.has(row[labelAt]) ? [] : [`row ${i + 2} (${row.join(',').slice(0, 80)})`],
  );
  if (wrong.length > 0) {
    const more = wrong.length > 10 ? ` and ${wrong.length - 10} more` : '';
    throw new DatasetError(
      `${file}: expected an image path and one of the ${names.length} labels in each row, but not in ${wrong.slice(0, 10).join('; ')}${more}.`,
    );
  }
  return indexedDataset({ length: rows.length, classes: names, decode }, (index) => {
    const row = rows[index] as string[];
    const path = row[pathAt] as string;
    return { path: /^([/\\]|[a-z]:)/i.test(path) ? path : join(root, path), label: labels.get(row[labelAt] as string) as number };
  });
}
