import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { decodeImage } from '@resnetjs/data';
import Table from 'cli-table3';
import { Command } from 'commander';
import sharp from 'sharp';
import { median } from '../median.ts';
import { libjpegTurbo } from './libjpeg-turbo.ts';

interface Options {
  readonly rounds: string;
  readonly files: string;
  readonly minBytes: string;
}

interface Decoder {
  readonly name: string;
  readonly decode: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/** Baseline JPEGs, the kind that is decoded by this repository: the frame's marker comes before any coded data. */
function isBaseline(bytes: Uint8Array): boolean {
  for (let at = 2; at + 4 <= bytes.length; at += 2 + (bytes[at + 2] as number) * 256 + (bytes[at + 3] as number)) {
    const marker = bytes[at + 1];
    if (marker === 0xc0 || marker === 0xc1) return true;
    if (marker === 0xc2 || marker === 0xda) return false;
  }
  return false;
}

const decoders: Decoder[] = [
  { name: 'resnet.js', decode: async (bytes) => (await decodeImage(bytes, { blocking: true })).data as Uint8Array },
  // One thread, as the others have; asked for the same bytes.
  { name: 'sharp', decode: (bytes) => sharp(bytes, { ignoreIcc: true }).removeAlpha().toColourspace('srgb').raw().toBuffer() },
  { name: 'libjpeg-turbo (WASM)', decode: await libjpegTurbo() },
];

/** Seconds that each decoder takes for all files, one after the other; who begins changes from round to round. */
async function oneRound(files: readonly Uint8Array[], round: number): Promise<number[]> {
  const seconds: number[] = [];
  for (let turn = 0; turn < decoders.length; turn++) {
    const which = (round + turn) % decoders.length;
    const start = performance.now();
    for (const bytes of files) await decoders[which]?.decode(bytes);
    seconds[which] = (performance.now() - start) / 1000;
  }
  return seconds;
}

await new Command('bench-jpeg')
  .description('Decodes the baseline JPEGs of a folder with this repository’s decoder, sharp and libjpeg-turbo in WebAssembly, by turns.')
  .argument('<folder>', 'JPEGs, at any depth')
  .option('--rounds <count>', 'rounds in which each decodes all files in turn', '21')
  .option('--files <count>', 'the first so many', '200')
  .option('--min-bytes <count>', 'leave smaller files out', '0')
  .action(async (folder: string, options: Options) => {
    if (!existsSync(folder)) throw new Error(`no such folder: ${folder}`);
    sharp.concurrency(1);
    sharp.cache(false);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.jpe?g$/i.test(name))
      .sort()
      .map((name) => new Uint8Array(readFileSync(join(folder, name))))
      .filter((bytes) => bytes.length >= Number(options.minBytes) && isBaseline(bytes))
      .slice(0, Number(options.files));
    if (files.length === 0) throw new Error(`${folder}: no baseline JPEGs of ${options.minBytes} bytes or more`);

    let pixels = 0;
    const same = decoders.map(() => 0);
    for (const bytes of files) {
      const all = await Promise.all(decoders.map(({ decode }) => decode(bytes)));
      pixels += (all[0] as Uint8Array).length / 3;
      all.forEach((data, which) => {
        if (Buffer.compare(data, all[0] as Uint8Array) === 0) same[which] = (same[which] as number) + 1;
      });
    }
    await oneRound(files, 0); // everything is compiled
    const rounds: number[][] = [];
    for (let round = 0; round < Number(options.rounds); round++) rounds.push(await oneRound(files, round));

    const table = new Table({ head: ['decoder', 'images/s', 'Mpixel/s', 'resnet.js is', 'least … most', 'same bytes'] });
    decoders.forEach(({ name }, which) => {
      const seconds = median(rounds.map((round) => round[which] as number));
      const ratios = rounds.map((round) => (round[which] as number) / (round[0] as number));
      table.push([
        name,
        (files.length / seconds).toFixed(0),
        (pixels / seconds / 1e6).toFixed(1),
        `${median(ratios).toFixed(2)}x`,
        `${Math.min(...ratios).toFixed(2)} … ${Math.max(...ratios).toFixed(2)}`,
        `${same[which]} of ${files.length}`,
      ]);
    });
    console.log(`${files.length} JPEGs of ${(pixels / files.length / 1e6).toFixed(3)} Mpixel, ${options.rounds} rounds`);
    console.log(`Node ${process.version}, ${cpus()[0]?.model}, one thread each`);
    console.log(table.toString());
  })
  .parseAsync();
