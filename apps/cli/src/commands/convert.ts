import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describeArchitecture } from '@resnetjs/network';
import { createManifest, type FloatDType, type Manifest, saveCheckpoint } from '@resnetjs/weights';
import { modelInfo } from '@resnetjs/zoo';
import { Command, Option } from 'commander';
import { CommandError } from '../command-error.ts';
import { withExamples } from '../examples.ts';
import { fileFault } from '../file-fault.ts';
import { labelsFor } from '../labels/labels-for.ts';
import { readLabels } from '../labels/read-labels.ts';
import { KEY_MAP_NAMES } from '../network/key-map.ts';
import { modelName } from '../network/options.ts';
import { likelyPreset, PRESET_NAMES, PRESETS, type PresetName, toManifest } from '../network/presets.ts';
import { assertFloat, type NetworkCheckpoint, type ReadCheckpointOptions, readCheckpoint } from '../network/read-checkpoint.ts';
import { writeNotes } from '../print/notes.ts';
import { paintFor } from '../print/paint.ts';
import { counted } from '../print/quantities.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

export interface ConvertOptions extends ReadCheckpointOptions {
  readonly preset?: PresetName | undefined;
  readonly labels?: string | undefined;
  /** JSON file with fields of the manifest. */
  readonly manifest?: string | undefined;
  /** How numbers are written. */
  readonly dtype?: keyof typeof DTYPES | undefined;
  readonly force?: boolean | undefined;
}

/** As they are called on the command line, and in safetensors. */
const DTYPES = { f32: 'F32', f16: 'F16', bf16: 'BF16' } as const satisfies Record<string, FloatDType>;

/** `resnet convert IN OUT` */
export const convertCommand = (terminal: Terminal): Command =>
  withExamples(
    new Command('convert')
      .argument('<in>', 'checkpoint: .pth, .th or .safetensors')
      .argument('<out>', 'where to write; ends in .safetensors')
      .summary('turn a PyTorch checkpoint into safetensors')
      .description('Turn a PyTorch checkpoint into safetensors with a manifest, which says what it is. Nothing in it is executed.')
      .option('-m, --model <name>', 'architecture (default: the one whose parameters these are)', modelName)
      .addOption(
        new Option('--preset <name>', 'how images were prepared (default: what is usual for such a network)').choices(PRESET_NAMES),
      )
      .option(
        '--key-map <map>',
        `how parameters are renamed: ${KEY_MAP_NAMES.join(', ')}, none, or a .json file (default: told by their names)`,
      )
      .option('--state-dict-key <name>', 'entry of a PyTorch checkpoint that holds the weights (default: the first of the usual names)')
      .option('--labels <file>', 'class names in the order of the outputs: one a line, or JSON, as a list or by number')
      .option('--manifest <file>', 'JSON with more of the manifest: licence, source, accuracy')
      .addOption(
        new Option('--dtype <type>', 'number type: f16 and bf16 take half the bytes, and are computed in f32 (default: f32)').choices(
          Object.keys(DTYPES),
        ),
      )
      .option('-f, --force', 'write over files that are there')
      .action((from: string, to: string, options: ConvertOptions) => convert(from, to, options, terminal)),
    [
      ['resnet convert resnet50.pth resnet50.safetensors', 'and resnet50.json beside it'],
      ['resnet convert net.th net.safetensors --model resnet20_cifar', 'say what it is'],
      ['resnet convert net.pth net.safetensors --manifest facts.json', 'with a licence and a source'],
      ['resnet convert resnet50.pth small.safetensors --dtype f16', 'half the bytes'],
    ],
  );

/**
 * Writes a checkpoint as safetensors in the zoo's names, with its manifest beside and within it.
 *
 * @throws UsageError, CommandError or CheckpointError; what was at `to` then stays.
 */
export async function convert(from: string, to: string, options: ConvertOptions, terminal: Terminal): Promise<void> {
  if (!to.endsWith('.safetensors')) throw new UsageError(`convert writes safetensors: let ${to} end in .safetensors.`);
  const files = [to, to.replace(/\.safetensors$/, '.json')];
  const there = files.filter((file) => existsSync(file));
  if (there.length > 0 && !options.force)
    throw new CommandError(`${there.join(' and ')} already there. Write over with --force, or choose another name.`);
  const facts = options.manifest === undefined ? {} : await readFacts(options.manifest);
  const checkpoint = await readCheckpoint(from, options, terminal);
  assertFloat(checkpoint, from);
  const manifest = await manifestOf(checkpoint, facts, options);
  const written = await saveCheckpoint(to, { stateDict: checkpoint.stateDict, manifest, dtype: DTYPES[options.dtype ?? 'f32'] });
  const paint = paintFor(terminal.stdout, terminal);
  writeNotes(terminal, checkpoint.notes);
  terminal.stdout.write(
    `${paint.cyan(to)}: ${describeArchitecture(checkpoint.architecture)}, ${counted(checkpoint.stateDict.size, 'tensor')}, SHA-256 ${written?.sha256}\n`,
  );
}

/** What was given wins over what the file's own manifest says, and that over what is usual. */
async function manifestOf(
  { architecture, manifest }: NetworkCheckpoint,
  facts: Partial<Manifest>,
  options: ConvertOptions,
): Promise<Manifest> {
  const { inputSize, classes } = modelInfo(architecture.name);
  const labels = options.labels === undefined ? undefined : [...(await readLabels(options.labels)).names];
  const usual = {
    preprocessing: toManifest(PRESETS[likelyPreset(inputSize)]),
    labels: [...((await labelsFor({ classes: architecture.options.classes ?? classes, inputSize }))?.names ?? [])],
  };
  return createManifest({
    preprocessing: manifest?.preprocessing ?? usual.preprocessing,
    labels: manifest?.labels ?? (usual.labels.length > 0 ? usual.labels : null),
    licence: manifest?.licence ?? null,
    source: manifest?.source ?? null,
    accuracy: manifest?.accuracy ?? null,
    ...facts,
    ...(options.preset && { preprocessing: toManifest(PRESETS[options.preset]) }),
    ...(labels && { labels }),
    architecture: architecture.name,
    config: { ...architecture.options },
  });
}

/** Fields of a manifest, as they are: `saveCheckpoint` checks them with the rest. */
async function readFacts(path: string): Promise<Partial<Manifest>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${path}: ${fileFault(error)}.`, { cause: error });
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${path}: not JSON (${(cause as Error).message}).`, { cause });
  }
}
