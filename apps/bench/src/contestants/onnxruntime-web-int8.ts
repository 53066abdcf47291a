import { fileURLToPath } from 'node:url';
import type { Workload } from '../protocol.ts';
import { onnxRun } from './onnx-run.ts';
import { serveRuns } from './serve-runs.ts';

const scripts = fileURLToPath(new URL('../../python', import.meta.url));
await serveRuns(() => onnxRun(JSON.parse(process.argv[2] as string) as Workload, { scripts, isInt8: true }));
