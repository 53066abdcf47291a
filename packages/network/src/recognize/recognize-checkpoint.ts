import { planOf, QuantizeError } from '@resnetjs/quantize';
import { type Checkpoint, KNOWN_KEY_MAPS, type Manifest } from '@resnetjs/weights';
import { createModel, type ModelOptions, modelInfo } from '@resnetjs/zoo';
import { NetworkError } from '../network-error.ts';
import { describeArchitecture, type Recognized, type RecognizeOptions, recognize } from './recognize.ts';

/**
 * Finds out which network a checkpoint is of: its manifest says, or `architecture`, or its parameters do.
 *
 * @returns what it is, with the notes of its reading before those of its recognition.
 * @throws NetworkError if it is of no such network.
 */
export function recognizeCheckpoint(
  checkpoint: Pick<Checkpoint, 'manifest' | 'stateDict' | 'keyMap' | 'prefix' | 'notes'> & Partial<Pick<Checkpoint, 'integers'>>,
  { architecture, backbone }: Pick<RecognizeOptions, 'architecture' | 'backbone'> = {},
): Recognized {
  const { manifest, stateDict, keyMap, prefix, notes: read } = checkpoint;
  if (manifest?.quantization) return quantizedNetwork(checkpoint, manifest, architecture);
  const notes: string[] = [...read];
  if (prefix !== '') notes.push(`Names are taken without '${prefix}', which stands before all.`);
  if (keyMap) notes.push(`Parameters renamed from those of ${KNOWN_KEY_MAPS[keyMap].source}.`);
  if (manifest && (architecture === undefined || architecture === manifest.architecture)) {
    const found = ofManifest(stateDict, { architecture: manifest.architecture, config: manifest.config as ModelOptions, backbone });
    return { ...found, notes: [...notes, ...found.notes] };
  }
  const found = recognize(stateDict, { architecture, backbone });
  const others = found.alike.length > 0 ? `, and of ${found.alike.join(' and ')}: { architecture } chooses` : '';
  if (architecture === undefined)
    notes.push(`No manifest: these ${found.stateDict.size} parameters are those of ${describeArchitecture(found.architecture)}${others}.`);
  return { ...found, notes: [...notes, ...found.notes] };
}

/** Its plan is all that it computes; the architecture says what it was made of. */
function quantizedNetwork(
  checkpoint: Parameters<typeof recognizeCheckpoint>[0],
  manifest: Manifest,
  architecture: string | undefined,
): Recognized {
  const { architecture: name, config } = manifest;
  if (architecture !== undefined && architecture !== name)
    throw new NetworkError(`it is a ${name} in 8 bits, and no ${architecture}.`, { advice: 'Leave { architecture } out.' });
  const options = config as ModelOptions;
  checkArchitecture(name, options);
  try {
    const plan = planOf({ integers: new Map(), ...checkpoint });
    const [shape, output] = [plan.input, plan.output].map((id) => plan.values[id]?.shape ?? []) as [readonly number[], readonly number[]];
    const { classes = modelInfo(name).classes, channels = 3 } = options;
    if (shape.length !== 3 || shape[2] !== channels || output.join() !== String(classes))
      throw new QuantizeError(
        `its plan makes [${output.join(',')}] of images [${shape.join(',')}], but ${describeArchitecture({ name, options })} tells ${classes} classes of ${channels} channels.`,
      );
    return { architecture: { name, options }, alike: [], stateDict: new Map(), plan, hasHead: true, notes: checkpoint.notes };
  } catch (cause) {
    if (!(cause instanceof QuantizeError)) throw cause;
    throw new NetworkError(cause.message, { cause });
  }
}

/** @throws NetworkError if the zoo has no such network. */
function checkArchitecture(name: string, config: ModelOptions): void {
  try {
    createModel(name, config);
  } catch (cause) {
    throw new NetworkError(`its manifest asks for ${name} ${JSON.stringify(config)}. ${(cause as Error).message}`, { cause });
  }
}

function ofManifest(stateDict: Checkpoint['stateDict'], options: Required<RecognizeOptions>): Recognized {
  const { architecture, config } = options;
  checkArchitecture(architecture as string, config as ModelOptions);
  try {
    return recognize(stateDict, options);
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause;
    throw new NetworkError(`its manifest says ${architecture}, but ${cause.fault}`, {
      cause,
      advice: 'Say which it is with { architecture }.',
    });
  }
}
