import type { Circumstances, ConformanceCase, Outcome } from './conformance-case.ts';

/** Runs cases one after another on the current backend. */
export async function runCases(cases: readonly ConformanceCase[], circumstances: Circumstances): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, skip, run } of cases) {
    const reason = skip?.(circumstances);
    if (reason) outcomes.push({ name, status: 'skipped', reason });
    else
      outcomes.push(
        await run().then(
          () => ({ name, status: 'passed' }),
          (error: unknown) => ({ name, status: 'failed', reason: error instanceof Error ? error.message : String(error) }),
        ),
      );
  }
  return outcomes;
}
