import { fileURLToPath } from 'node:url';
import { median } from '../median.ts';
import type { Measurement } from './main.ts';
import { photos } from './photos.ts';
import { saturate } from './saturate.ts';
import { resnetServe, served } from './served.ts';
import { writeNetwork } from './weights.ts';

/** Beside what one writes in an afternoon. */
export const peer: Measurement = async ({ network, seconds, rounds }, folder) => {
  const weights = await writeNetwork(network, folder);
  const files = await photos(16);
  const ours = await resnetServe(['--model', `net=${weights}`]);
  const theirs = await served(process.execPath, [fileURLToPath(new URL('./onnx-server.js', import.meta.url)), network, '2']);
  try {
    const all = { ours: [] as number[], theirs: [] as number[], oursP50Ms: [] as number[], theirsP50Ms: [] as number[] };
    for (const { address } of [ours, theirs]) await saturate(address, files, { seconds: 2, connections: 6 });
    for (let round = 0; round < rounds; round++) {
      all.ours.push((await saturate(ours.address, files, { seconds, connections: 6 })).perSecond);
      all.theirs.push((await saturate(theirs.address, files, { seconds, connections: 6 })).perSecond);
      all.oursP50Ms.push((await saturate(ours.address, files, { seconds: 2, connections: 1 })).p50Ms);
      all.theirsP50Ms.push((await saturate(theirs.address, files, { seconds: 2, connections: 1 })).p50Ms);
    }
    return {
      serverPerSecond: median(all.ours),
      onnxruntimeWebPerSecond: median(all.theirs),
      ratio: median(all.ours.map((value, i) => value / (all.theirs[i] as number))),
      serverP50MsAlone: median(all.oursP50Ms),
      onnxruntimeWebP50MsAlone: median(all.theirsP50Ms),
    };
  } finally {
    await Promise.all([ours.stop(), theirs.stop()]);
  }
};
