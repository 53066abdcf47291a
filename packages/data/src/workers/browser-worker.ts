import { serveBatches } from '../batches/serve-batches.ts';
import type { ToWorker } from '../batches/worker-message.ts';

const serve = serveBatches((message, transfer) => self.postMessage(message, { transfer }));
self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => serve(data));
