import { cases } from '../cases/index.ts';
import type { BackendName, Outcome, Started } from '../conformance-case.ts';
import { runCases } from '../run-cases.ts';
import { starters } from '../start-backend.ts';

/** What the test reads from the page. */
export interface PageResult {
  readonly started?: Started;
  /** Why it did not start. */
  readonly error?: string;
  readonly outcomes: readonly Outcome[];
}

const query = new URLSearchParams(location.search);
const backend = query.get('backend') as BackendName;
const asked = query.has('asked');

async function run(): Promise<PageResult> {
  try {
    const started = await (starters[backend] as () => Promise<Started>)();
    return { started, outcomes: await runCases(cases, { ...started, asked, page: true }) };
  } catch (error) {
    return { error: String(error), outcomes: [] };
  }
}

Object.assign(globalThis, { conformance: run() });
