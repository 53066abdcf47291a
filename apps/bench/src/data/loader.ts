import { batches, compose, imageFolder, imagenet, randomCrop, randomHorizontalFlip, randomResizedCrop, resize } from '@resnetjs/data';
import { exitCodeOf } from 'resnetjs';

// Run by main.ts in a process of its own; the same work as torchvision_loader.py, the same line of JSON.
const [pipeline, folder = '', workers = '0', epochs = '1'] = process.argv.slice(2);

function resizeOnce() {
  const image = {
    width: 2000,
    height: 1500,
    data: Uint8Array.from({ length: 2000 * 1500 * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24),
  };
  const times = Array.from({ length: 30 }, () => {
    const start = performance.now();
    resize(image, { width: 341, height: 256 });
    return performance.now() - start;
  });
  return { images: 1, seconds: (times.sort((a, b) => a - b)[15] as number) / 1000 };
}

async function load() {
  const crop = pipeline === 'photos' ? randomResizedCrop(224) : randomCrop(32, { padding: 4 });
  let images = 0;
  let start: number | undefined;
  const run = batches(await imageFolder(folder), {
    batchSize: pipeline === 'photos' ? 32 : 128,
    shuffle: true,
    augment: compose(crop, randomHorizontalFlip()),
    normalization: imagenet,
    workers: Number(workers),
    epochs: Number(epochs),
  });
  for await (const { shape } of run) {
    // The clock starts with the first batch: starting workers is not what is compared.
    if (start === undefined) start = performance.now();
    else images += shape[0];
  }
  return { images, seconds: (performance.now() - (start ?? 0)) / 1000 };
}

process.exitCode = await exitCodeOf(async () => {
  const result = pipeline === 'resize' ? resizeOnce() : await load();
  console.log(JSON.stringify({ ...result, peakMiB: process.resourceUsage().maxRSS / 1024 }));
});
