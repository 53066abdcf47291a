import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, type Terminal } from 'resnetjs';
import { narrator } from './narrator.ts';

// Chelsea by Stefan van der Walt (CC0), the rocket by SpaceX (public domain): see CREDITS.md beside them.
const photo = (name: string): string =>
  relative(process.cwd(), fileURLToPath(new URL(`../../../packages/testing/photos/${name}`, import.meta.url)));

/**
 * A first look: two photos classified, a network described, and what to try next.
 *
 * @returns the exit code: that of the first command that fails, 0 if none does.
 */
export async function tour(terminal: Terminal): Promise<number> {
  const { title, part, say, command, list } = narrator(terminal);
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

  part('What next?');
  list([
    ['npx resnet predict photo.jpg', 'a photo of yours'],
    ['npx resnet predict photo.jpg --weights resnet50.pth', "a checkpoint of PyTorch's, as it is"],
    ['npx resnet models', 'every network that can be built'],
    ['npx resnet summary resnet18 --depth 4', 'down to each convolution'],
    ['npx resnet --help', 'all commands'],
  ]);
  say('README.md has the ten lines that do the same from TypeScript; docs/architecture.md says how it all fits together.');
  return 0;
}
