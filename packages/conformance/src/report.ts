export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

/**
 * Prints how much of the suite ran on a backend, and the reason for what did not.
 *
 * @param skipped case by case; or the reason why nothing ran
 */
export function report(what: string, { total, skipped }: { total: number; skipped: readonly Skipped[] | string }): void {
  if (typeof skipped === 'string') {
    print([`conformance of ${what}: skipped, ${skipped}`]);
    return;
  }
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  print([
    `conformance of ${what}: ${total - skipped.length} of ${total} cases ran`,
    ...reasons.map((given) => `  skipped, ${given}: ${skipped.flatMap(({ name, reason }) => (reason === given ? [name] : [])).join('; ')}`),
  ]);
}

const print = (lines: readonly string[]) => void process.stdout.write(`${lines.join('\n')}\n`);
