import type { ClassifierInfo } from '../network/classifier.ts';

/** What a network is and what to expect of it, in a few sentences. */
export function describeNetwork({ architecture, inputSize, classes, labels, params, accuracy, notes }: ClassifierInfo): string {
  const names = labels.length > 0 && labels.length <= 12 ? `: ${labels.join(', ')}` : '';
  const right = accuracy ? ` It is right about ${(accuracy.top1 * 100).toFixed(1)} % of the ${accuracy.dataset}.` : '';
  return (
    `${architecture}, ${(params / 1e6).toFixed(2)} million parameters. It sees ${inputSize}x${inputSize} pixels and knows ` +
    `${classes} things${names}.${right} Whatever else is in a photo, it takes for one of these.${notes.map((note) => ` ${note.replace(/\{ (\w+) \}/, '$1')}`).join('')}`
  );
}
