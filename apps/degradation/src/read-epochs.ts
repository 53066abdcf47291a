/** Errors as shares, of the images that were got wrong. */
export interface EpochErrors {
  readonly epoch: number;
  /** While learning: of augmented images, the mean over the epoch. */
  readonly training: number;
  readonly test: number;
  readonly loss: number;
}

/** Reads the `epochs.csv` of `resnet train`. */
export function readEpochs(csv: string): EpochErrors[] {
  const [head = '', ...lines] = csv.trim().split('\n');
  const columns = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    const value = (column: string) => Number(cells[columns.indexOf(column)] ?? Number.NaN);
    return {
      epoch: value('epoch'),
      training: 1 - value('train_accuracy'),
      test: 1 - value('validation_accuracy'),
      loss: value('train_loss'),
    };
  });
}
