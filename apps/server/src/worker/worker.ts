import { parentPort } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './protocol.ts';
import { type ServedNetwork, servedNetwork } from './served-network.ts';
import { type StartedBackend, startBackend } from './start-backend.ts';

// A thread of the server's, or a process of its own: both speak the same.
const send = (message: FromWorker): void => (parentPort ? parentPort.postMessage(message) : void process.send?.(message));

let backend: StartedBackend | undefined;
let network: ServedNetwork | undefined;

async function receive(message: ToWorker): Promise<void> {
  if (message.type === 'start') {
    try {
      backend = await startBackend(message.model);
      network = await servedNetwork(message.model, backend);
      send({ type: 'ready', facts: network.facts, memory: backend.memory() });
    } catch (error) {
      send({ type: 'refused', message: error instanceof Error ? error.message : String(error) });
    }
  } else if (network && backend) send({ type: 'done', answers: await network.run(message.tasks), memory: backend.memory() });
}

// What `run` throws beyond its answers is nobody's fault that can be named: the worker ends by it, and is replaced.
if (parentPort) parentPort.on('message', (message: ToWorker) => void receive(message));
else {
  process.on('message', (message: ToWorker) => void receive(message));
  process.on('disconnect', () => process.exit());
  // The terminal sends these to all processes, but it is the server that drains.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
}
