import { assertIndex, type Dataset } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';

/** The samples of several datasets one after the other. @throws DatasetError if they name different classes or decode differently. */
export function concat(...datasets: readonly Dataset[]): Dataset {
  const [first] = datasets;
  if (!first) throw new DatasetError('concat: expected at least one dataset, but received none.');
  for (const [position, { classes, decode }] of datasets.entries()) {
    if (JSON.stringify(classes) !== JSON.stringify(first.classes)) {
      throw new DatasetError(
        `concat: dataset ${position} has the classes ${classes?.join(', ')}, but dataset 0 has ${first.classes?.join(', ')}.`,
      );
    }
    if (JSON.stringify(decode ?? {}) !== JSON.stringify(first.decode ?? {})) {
      throw new DatasetError(`concat: dataset ${position} decodes otherwise than dataset 0. Open them with the same decode options.`);
    }
  }
  const length = datasets.reduce((sum, { length }) => sum + length, 0);
  const at = (index: number): { dataset: Dataset; index: number } => {
    assertIndex(index, length);
    for (const dataset of datasets) {
      if (index < dataset.length) return { dataset, index };
      index -= dataset.length;
    }
    throw new DatasetError('concat: a dataset changed its length.');
  };
  const all = <K extends 'label' | 'source'>(name: K) => datasets.every((dataset) => dataset[name]);
  return {
    length,
    ...(first.classes && { classes: first.classes }),
    ...(first.decode && { decode: first.decode }),
    get: async (index) => {
      const found = at(index);
      return found.dataset.get(found.index);
    },
    ...(all('label') && {
      label: (index: number) => {
        const found = at(index);
        return found.dataset.label?.(found.index) as number;
      },
    }),
    ...(all('source') && {
      source: (index: number) => {
        const found = at(index);
        return found.dataset.source?.(found.index) as never;
      },
    }),
  };
}
