import { cpus } from 'node:os';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, loadStateDict } from '@resnetjs/core';
import { spriteFolder } from '@resnetjs/data';
import { METHODS, type Method } from '@resnetjs/explain';
import { loadCheckpoint } from '@resnetjs/weights';
import { createModel } from '@resnetjs/zoo';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { shippedCheckpoint } from 'resnetjs';
import { start, wholeFrom } from '../start.ts';
import { measureQuality } from './quality.ts';
import { measureTime } from './time.ts';

const style = { head: [], border: [] };

const methodsOf = (text: string): Method[] =>
  text.split(',').map((name) => {
    if (!METHODS.includes(name as Method)) throw new InvalidArgumentError(`Expected some of ${METHODS.join(',')}.`);
    return name as Method;
  });

const command = new Command('explain').description('How good heat maps are, and how long they take.');
command
  .command('quality')
  .argument('<sprites>', "a folder of CIFAR-10's images as sprites")
  .description('deletion and insertion on the test images, of the network that comes with the command')
  .option('--images <n>', 'the first so many', wholeFrom(1), 200)
  .option('--methods <names>', 'which, with commas between', methodsOf, [...METHODS])
  .action(async (folder: string, { images, methods }: { images: number; methods: Method[] }) => {
    const dataset = await spriteFolder(folder, 'test');
    await useWasm();
    const { stateDict } = await loadCheckpoint(shippedCheckpoint());
    const model = createModel('resnet20_cifar');
    loadStateDict(model, stateDict);
    const table = new Table({ head: ['maps', 'deletion', 'insertion'], style });
    await measureQuality({ model }, dataset, {
      images: Math.min(images, dataset.length),
      methods,
      onMeasured: ({ maps, deletion, insertion }) => table.push([maps, deletion.toFixed(3), insertion.toFixed(3)]),
    });
    dispose(model);
    console.log(`${Math.min(images, dataset.length)} test images\n${table.toString()}`);
    setImmediate(() => process.exit(0)); // the backend's threads would keep it
  });
command
  .command('time')
  .argument('[networks...]', 'names of the zoo', ['resnet18', 'resnet50'])
  .description('Grad-CAM beside a forward pass, interleaved')
  .option('--rounds <n>', 'runs of each', wholeFrom(1), 15)
  .action(async (networks: string[], { rounds }: { rounds: number }) => {
    await useWasm();
    console.log(`Node ${process.version}, ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown processor'}`);
    const table = new Table({ head: ['network', 'forward, ms', 'folded, ms', 'Grad-CAM, ms', 'of forward', 'of folded'], style });
    for (const network of networks) {
      const { forward, folded, gradCam } = await measureTime(network, rounds);
      table.push([
        network,
        ...[forward, folded, gradCam].map((ms) => ms.toFixed(1)),
        (gradCam / forward).toFixed(2),
        (gradCam / folded).toFixed(2),
      ]);
    }
    console.log(table.toString());
    setImmediate(() => process.exit(0));
  });

await start(command);
