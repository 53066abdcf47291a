import { createModel } from '@resnetjs/zoo';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { KEY_MAP_NAMES } from './key-map.ts';
import { PRESET_NAMES } from './presets.ts';

/** A model's name, checked while the command line is read. @throws InvalidArgumentError with the nearest name. */
export function modelName(name: string): string {
  try {
    createModel(name);
    return name;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message.replace(/listModels\(\) has all/, '`resnet models` lists all'));
  }
}

/** The options by which a command is told which network to run: those of `NetworkOptions`. */
export const networkOptions = (command: Command): Command =>
  weightsOptions(
    command.option(
      '-w, --weights <source>',
      'a .safetensors, .pth or .th file, a URL, a repository (timm/resnet50.a1_in1k), or a name that `resnet models` lists (default: the ResNet-20 for CIFAR-10 that comes with this)',
    ),
  );

/** What may have to be said of weights that are given. */
export const weightsOptions = (command: Command): Command =>
  command
    .option('--offline', 'ask no server: weights that were loaded before, or files')
    .option('-m, --model <name>', 'architecture of the weights, where they do not say it', modelName)
    .addOption(new Option('--preset <name>', 'how images are prepared, if not as the manifest says').choices(PRESET_NAMES))
    .option(
      '--key-map <map>',
      `how parameters are renamed: ${KEY_MAP_NAMES.join(', ')}, none, or a .json file (default: told by their names)`,
    )
    .option('--state-dict-key <name>', 'entry of a PyTorch checkpoint that holds the weights (default: the first of the usual names)')
    .option(
      '--labels <file>',
      "class names in the order of the outputs: one a line, or JSON, as a list, by number or as ImageNet's class index (default: the manifest's)",
    );

/** A whole number from 1. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Expected a whole number from 1.');
  return value;
}
