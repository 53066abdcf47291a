import { useWasm } from '@resnetjs/backend-wasm';
import type { Workload } from '../protocol.ts';
import { networkRun } from './network-run.ts';
import { serveRuns } from './serve-runs.ts';

const workload = JSON.parse(process.argv[2] as string) as Workload;

await serveRuns(async () => {
  const { threads, relaxedSimd } = await useWasm({ threads: workload.threads });
  return {
    about: `Node ${process.versions.node}, ${threads} thread(s), ${relaxedSimd ? 'relaxed ' : ''}SIMD`,
    run: await networkRun(workload),
  };
});
