import { type Checkpoint, KNOWN_KEY_MAPS } from '@resnetjs/weights';
import { createModel, type ModelOptions } from '@resnetjs/zoo';
import { NetworkError } from '../network-error.ts';
import { describeArchitecture, type Recognized, type RecognizeOptions, recognize } from './recognize.ts';

/**
 * Finds out which network a checkpoint is of: its manifest says, or `architecture`, or its parameters do.
 *
 * @returns what it is, with the notes of its reading before those of its recognition.
 * @throws NetworkError if it is of no such network.
 */
export function recognizeCheckpoint(
  { manifest, stateDict, keyMap, prefix, notes: read }: Pick<Checkpoint, 'manifest' | 'stateDict' | 'keyMap' | 'prefix' | 'notes'>,
  { architecture, backbone }: Pick<RecognizeOptions, 'architecture' | 'backbone'> = {},
): Recognized {
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

function ofManifest(stateDict: Checkpoint['stateDict'], options: Required<RecognizeOptions>): Recognized {
  const { architecture, config } = options;
  try {
    createModel(architecture as string, config);
  } catch (cause) {
    throw new NetworkError(`its manifest asks for ${architecture} ${JSON.stringify(config)}. ${(cause as Error).message}`, { cause });
  }
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
