import { createInterface } from 'node:readline';
import { useWasm } from '@resnetjs/backend-wasm';
import { loadNetwork } from 'resnetjs';
import { photos } from './photos.ts';

// The library's own loop over the same files, in a process of its own: a line with a number of seconds runs it for so long.
const [weights = '', count = '16', threads = '2'] = process.argv.slice(2);
await useWasm({ threads: Number(threads), everyOp: false });
const network = await loadNetwork(weights);
const files = await photos(Number(count));
const answers: string[] = [];
for (const file of files) answers.push(JSON.stringify(await network.classify(file)));
console.log(JSON.stringify({ answers }));

for await (const line of createInterface({ input: process.stdin })) {
  const until = performance.now() + 1000 * Number(line);
  const started = performance.now();
  let done = 0;
  while (performance.now() < until) {
    await network.classify(files[done % files.length] as Buffer);
    done++;
  }
  console.log(JSON.stringify({ perSecond: (1000 * done) / (performance.now() - started) }));
}
