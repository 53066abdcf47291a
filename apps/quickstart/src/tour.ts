import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, type Terminal } from 'resnetjs';
import { inCharacters, savePng, testDigit } from './digit.ts';
import { narrator } from './narrator.ts';

// Chelsea by Stefan van der Walt (CC0), the rocket by SpaceX (public domain): see CREDITS.md beside them.
const photo = (name: string): string =>
  relative(process.cwd(), fileURLToPath(new URL(`../../../packages/testing/photos/${name}`, import.meta.url)));

/** A handwritten 2, of which people are sure and a network in training is not at once. */
const DIGIT = 1;

/** How digits are learned to 99 % in a minute or two: more looks at 20x20 pixels teach more than fewer at 28x28, and take as long. */
const RECIPE = '--model resnet8_cifar --size 20 --epochs 2 --max-steps 1300 --batch-size 64 --augment none'.split(' ');

export interface TourOptions {
  /** Where the trained network goes; emptied first. */
  readonly folder?: string;
  /** Steps to train, where not all 1,300. */
  readonly trainingSteps?: number;
}

/**
 * A first look: two photos classified, a network described, another trained, saved and used, and what to try next.
 *
 * @returns the exit code: that of the first command that fails, 0 if none does.
 */
export async function tour(
  terminal: Terminal,
  { folder = join('runs', 'first-digits'), trainingSteps }: TourOptions = {},
): Promise<number> {
  const { title, part, say, command, picture, list } = narrator(terminal);
  const show = async (...args: string[]): Promise<number> => {
    command(`resnet ${args.join(' ')}`);
    return run(args, terminal);
  };

  title('resnet.js', 'residual networks for TypeScript');

  part('What is in these photos?');
  say(
    'A ResNet-20 that was trained in PyTorch looks at a cat and at a rocket. It is small: 0.27 million parameters in a ' +
      'file of 1.1 MB, which come with the package.',
  );
  const predicted = await show('predict', photo('chelsea.png'), photo('rocket.jpg'));
  if (predicted !== 0) return predicted;
  say(
    'The cat is right. The rocket is not, and cannot be: this network knows the ten classes of CIFAR-10 and no other ' +
      '(airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck), sees 32x32 pixels, and has to choose one. ' +
      'That it is so sure is no sign that it knows.',
  );

  part('What is a ResNet-50 made of?');
  const summarized = await show('summary', 'resnet50');
  if (summarized !== 0) return summarized;

  part('Can one be trained here?');
  say(
    'A ResNet-8 learns to read digits from the 60,000 handwritten ones of MNIST, seen once or twice. PyTorch would do it no ' +
      'differently: the same gradients, batch norm and momentum, computed in WebAssembly. This takes a minute or two.',
  );
  await rm(folder, { recursive: true, force: true });
  const steps = trainingSteps === undefined ? [] : ['--max-steps', String(trainingSteps)];
  const trained = await show('train', 'mnist', ...RECIPE, ...steps, '--out', folder);
  if (trained !== 0) return trained;

  part('What does it read?');
  const { image, label } = await testDigit(DIGIT);
  const drawn = join(folder, `a-${label}.png`);
  await savePng(image, drawn);
  say('A digit that it has never seen, read by the network as it was saved:');
  picture(inCharacters(image));
  const read = await show('predict', drawn, '--weights', join(folder, 'model.safetensors'), '--top', '3');
  if (read !== 0) return read;

  part('What next?');
  list([
    ['npx resnet train photos', 'a network of your own, from a folder with one folder of photos a class'],
    ['npx resnet finetune photos', 'the same from one that has learned to see: better, sooner'],
    ['npx resnet predict photo.jpg', 'a photo of yours'],
    ['npx resnet predict photo.jpg --weights resnet50.pth', "a checkpoint of PyTorch's, as it is"],
    ['npx resnet models', 'every network that can be built'],
    ['npx resnet summary resnet18 --depth 4', 'down to each convolution'],
    ['npx resnet --help', 'all commands'],
  ]);
  say('README.md has the three lines that do the same from TypeScript; docs/architecture.md says how it all fits together.');
  return 0;
}
