/** How well a network does on labelled images. */
export interface Score {
  readonly images: number;
  /** Share of the images whose most probable class is right. */
  readonly accuracy: number;
  /** Mean cross-entropy. */
  readonly loss: number;
}

/** Scores of one network, batch after batch. */
export interface ScoreTally {
  /** @param logits `[N,classes]`, row-major */
  add(logits: Float32Array, labels: ArrayLike<number>): void;
  total(): Score;
}

export function scoreTally(): ScoreTally {
  let [images, right, loss] = [0, 0, 0];
  return {
    add(logits, labels) {
      const classes = logits.length / labels.length;
      for (let i = 0; i < labels.length; i++) {
        const row = logits.subarray(i * classes, (i + 1) * classes);
        const label = labels[i] as number;
        const highest = row.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
        loss += highest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - highest), 0)) - (row[label] as number);
        if (row.indexOf(highest) === label) right++;
      }
      images += labels.length;
    },
    total: () => ({ images, accuracy: right / images, loss: loss / images }),
  };
}
