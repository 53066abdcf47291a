import type { Workload } from '../protocol.ts';
import { onnxRun } from './onnx-run.ts';
import { serveRuns } from './serve-runs.ts';

await serveRuns(() => onnxRun(JSON.parse(process.argv[2] as string) as Workload, false));
