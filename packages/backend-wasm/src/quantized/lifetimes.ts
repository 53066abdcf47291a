/** A block of memory that is needed from one step to another, both included. */
export interface Span {
  readonly sizeBytes: number;
  readonly from: number;
  readonly to: number;
}

/** Blocks begin at whole cache lines. */
const LINE_BYTES = 64;

/**
 * Lays out blocks so that those that are needed at the same time lie apart, and others share memory: the largest first, each at the lowest
 * place where it fits.
 *
 * @returns where each begins, and how much memory they take together
 */
export function layOut(spans: readonly Span[]): { readonly offsets: readonly number[]; readonly sizeBytes: number } {
  const offsets = spans.map(() => 0);
  const placed: { begin: number; end: number; span: Span }[] = [];
  const bySize = spans.map((span, i) => ({ span, i })).sort((a, b) => b.span.sizeBytes - a.span.sizeBytes);
  for (const { span, i } of bySize) {
    const size = Math.ceil(span.sizeBytes / LINE_BYTES) * LINE_BYTES;
    const beside = placed.filter((other) => other.span.from <= span.to && span.from <= other.span.to).sort((a, b) => a.begin - b.begin);
    let begin = 0;
    for (const other of beside) {
      if (begin + size <= other.begin) break;
      begin = Math.max(begin, other.end);
    }
    offsets[i] = begin;
    placed.push({ begin, end: begin + size, span });
  }
  return { offsets, sizeBytes: Math.max(0, ...placed.map(({ end }) => end)) };
}
