import { fromTable, parentOf, readFile } from '#files';
import type { DecodeOptions } from '../decode-image.ts';
import { byCodePoint } from '../files/by-code-point.ts';
import { decodeText } from '../files/decode-text.ts';
import { parseCsv } from './csv.ts';
import { indexedDataset } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';
import { type FoundDataset, isImageName } from './image-folder.ts';
import { some } from './in-words.ts';

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
  /** How labels that occur are sorted. Default: by value where all are whole numbers, else as text. */
  readonly order?: 'value' | 'text';
  readonly decode?: DecodeOptions;
}

/** `7`, and the `7.0` that pandas makes of it where another row has no label. */
const WHOLE = /^[+-]?\d+(\.0*)?$/;

/**
 * Opens a CSV (RFC 4180, with a header line; UTF-8 or UTF-16; separated by commas, semicolons or tabs) that names an image and its
 * label in each row. `notes` says how labels were ordered, where that is not plain.
 *
 * @throws DatasetError for a missing column or header, no rows, or rows without path or with unknown labels (the first ten are listed).
 */
export async function csvImages(
  file: string,
  { pathColumn, labelColumn, root = parentOf(file), classes, order, decode = {} }: CsvOptions = {},
): Promise<FoundDataset> {
  const { header, rows } = parseCsv(decodeText(await readFile(file), file), file);
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
  if (isImageName(header[pathAt] as string))
    throw new DatasetError(
      `${file}: the first line names an image (${header.join(', ').slice(0, 80)}), where the names of the columns were expected. Put a line such as "path,label" before it.`,
    );
  if (rows.length === 0)
    throw new DatasetError(`${file}: a header line (${header.join(', ')}) and no rows. Expected an image path and a label in each.`);
  const { names, notes } = classes
    ? { names: classes, notes: [] }
    : sorted(file, new Set(rows.map(({ fields }) => fields[labelAt] ?? '')), order);
  const labels = new Map(names.map((name, label) => [name, label]));

  const wrong = rows.flatMap(({ fields, line }) =>
    fields[pathAt] && fields[labelAt] && labels.has(fields[labelAt]) ? [] : [`line ${line} (${fields.join(',').slice(0, 80)})`],
  );
  if (wrong.length > 0) {
    const more = wrong.length > 10 ? ` and ${wrong.length - 10} more` : '';
    throw new DatasetError(
      `${file}: expected an image path and one of the ${names.length} labels in each row, but not in ${wrong.slice(0, 10).join('; ')}${more}.`,
    );
  }
  const samples = rows.map(({ fields }) => ({
    path: fromTable(root, fields[pathAt] as string),
    label: labels.get(fields[labelAt] as string) as number,
  }));
  const dataset = indexedDataset({ length: samples.length, classes: names, decode }, (index) => samples[index] as (typeof samples)[number]);
  return { ...dataset, notes };
}

/** Labels in their order, and what was assumed. */
function sorted(file: string, found: ReadonlySet<string>, order: CsvOptions['order']): { names: string[]; notes: string[] } {
  const names = [...found].sort(byCodePoint);
  const numbers = names.every((name) => WHOLE.test(name));
  if (order === 'value' && !numbers)
    throw new DatasetError(
      `${file}: labels cannot be ordered by value: ${some(names.filter((name) => !WHOLE.test(name)))} are no whole numbers.`,
    );
  if (!numbers || order === 'text') return { names, notes: [] };
  names.sort((a, b) => Number(a) - Number(b)); // stable: 1 and 01 stay in the order of their text
  const isOwn = names.every((name, i) => Number(name) === i);
  const places = isOwn ? '' : ` The network's output 0 is ${names[0]}, output ${names.length - 1} is ${names.at(-1)}.`;
  return {
    names,
    notes:
      order === 'value'
        ? []
        : [
            `${file}: the labels are whole numbers, and come in the order of their value: ${some(names, 4)}.${places} { order: 'text' } orders them as text.`,
          ],
  };
}
