import { useNode } from '@resnetjs/backend-node';
import type { Workload } from '../protocol.ts';
import { networkRun } from './network-run.ts';
import { serveRuns } from './serve-runs.ts';

const workload = JSON.parse(process.argv[2] as string) as Workload;

await serveRuns(async () => {
  // Read by the library when it starts; it takes all cores otherwise.
  process.env.TF_NUM_INTRAOP_THREADS = String(workload.threads);
  process.env.TF_NUM_INTEROP_THREADS = '1';
  const { package: name, tensorflow } = await useNode();
  return { about: `${name}, libtensorflow ${tensorflow}, Node ${process.versions.node}`, run: await networkRun(workload) };
});
