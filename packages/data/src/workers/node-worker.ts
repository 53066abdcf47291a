import { parentPort } from 'node:worker_threads';
import { serveBatches } from '../batches/serve-batches.ts';

const port = parentPort;
if (port)
  port.on(
    'message',
    serveBatches((message, transfer) => port.postMessage(message, transfer)),
  );
