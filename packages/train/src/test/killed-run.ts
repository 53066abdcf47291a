// A training in a process of its own, for tests that kill it. Arguments: the folder, and how many file system calls into
// which save it kills itself (0: never).
import '@tensorflow/tfjs-backend-cpu';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stateDict } from '@resnetjs/core';
import { loader, randomHorizontalFlip } from '@resnetjs/data';
import { readSafetensors, saveCheckpoint } from '@resnetjs/weights';
import * as tf from '@tensorflow/tfjs-core';
import { checkpointing, latestSnapshot } from '../callbacks/checkpointing.ts';
import { fit } from '../fit/fit.ts';
import { lowestLoss } from '../fit/history.ts';
import { csvLog } from '../node/csv-log.ts';
import { folderStore } from '../node/folder-store.ts';
import { ema } from '../optimizers/ema.ts';
import { sgd } from '../optimizers/sgd.ts';
import { oneCycle } from '../schedules/one-cycle.ts';
import { STRIPE_COLOURS, stripedImages } from './striped-images.ts';
import { tinyNet } from './tiny-net.ts';

const [folder = '', dieAtSave = '0', dieAfterTurns = '0'] = process.argv.slice(2);
await tf.setBackend('cpu');

let saves = 0;
const save: typeof saveCheckpoint = async (path, checkpoint) => {
  const saving = saveCheckpoint(path, checkpoint);
  if (++saves === Number(dieAtSave)) {
    for (let turn = 0; turn < Number(dieAfterTurns); turn++) await new Promise((resolve) => setImmediate(resolve));
    process.kill(process.pid, 'SIGKILL');
  }
  return saving;
};
const store = await folderStore(folder, { saveCheckpoint: save, readSafetensors });
const broken: string[] = [];
const resume = await latestSnapshot(store, (name) => broken.push(name));

const model = tinyNet({ channels: 3, dropRate: 0.2, width: 32 });
const colours = { batchSize: 8, normalization: STRIPE_COLOURS };
const events = fit(model, {
  train: loader(stripedImages(44), { ...colours, shuffle: true, seed: 3, augment: randomHorizontalFlip() }),
  validation: loader(stripedImages(12, { seed: 9 }), colours),
  epochs: 4,
  optimizer: sgd(model, { momentum: 0.9, nesterov: true, weightDecay: 5e-4 }),
  schedule: oneCycle(0.2, { steps: 24 }),
  ema: ema(model),
  best: lowestLoss,
  now: () => 0,
  callbacks: [
    csvLog(join(folder, 'steps.csv'), { rows: 'step' }),
    csvLog(join(folder, 'epochs.csv')),
    checkpointing(store, { everySteps: 1, keep: 2, onFailure: (error) => console.log(`not saved: ${(error as Error).message}`) }),
  ],
  ...(resume && { resume }),
});
console.log(`from step ${resume?.state.step ?? 0}${broken.length ? `, passing over ${broken.join(', ')}` : ''}`);
for await (const event of events) if (event.type === 'step') console.log(`step ${event.step}`);

const hash = createHash('sha256');
for (const [name, { data }] of await stateDict(model))
  hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
await writeFile(join(folder, 'weights.sha256'), hash.digest('hex'));
console.log('done');
