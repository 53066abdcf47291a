import type { StateDict } from '@resnetjs/core';
import { CheckpointError } from './checkpoint-error.ts';
import { type CheckpointFormat, detectFormat } from './detect-format.ts';
import { inFile } from './in-file.ts';
import { embeddedManifest, MANIFEST_KEY } from './manifest/embedded-manifest.ts';
import { type Manifest, parseManifest } from './manifest/manifest.ts';
import { sidecarManifest } from './manifest/sidecar-manifest.ts';
import { isCounter } from './names/counters.ts';
import { type KeyMap, renameKeys } from './names/key-map.ts';
import { detectKeyMap, KNOWN_KEY_MAPS, type KnownKeyMapName } from './names/known-key-maps.ts';
import { stripPrefixes } from './names/strip-prefix.ts';
import { type Extras, findStateDict } from './pytorch/find-state-dict.ts';
import { materialize } from './pytorch/materialize.ts';
import { notesOnGlobals } from './pytorch/notes-on-globals.ts';
import type { HostileGlobals } from './pytorch/pickle-globals.ts';
import { readTorchLegacy } from './pytorch/read-torch-legacy.ts';
import { readTorchZip } from './pytorch/read-torch-zip.ts';
import { readHeader } from './safetensors/header.ts';
import { type IntegerTensors, type ReadSafetensorsOptions, readSafetensors } from './safetensors/read-safetensors.ts';
import { createSha256, hashSource } from './sha256.ts';
import type { ByteSource } from './sources/byte-source.ts';
import { cachedSource } from './sources/cached-source.ts';
import type { HttpSourceOptions } from './sources/http-source.ts';
import { type CheckpointSource, localPath, withSource } from './sources/open-source.ts';

export interface LoadCheckpointOptions extends HttpSourceOptions, Pick<ReadSafetensorsOptions, 'onProgress'> {
  /** How names become the model's. By default a known map is used where the names ask for one; `false` keeps them. */
  readonly keyMap?: KeyMap | KnownKeyMapName | false;
  /**
   * Which entry of a PyTorch checkpoint holds the weights, if not the first known one (`state_dict`, `model`, …); dots lead
   * into dicts, lists and objects (`models.0.net`).
   */
  readonly stateDictKey?: string;
  /**
   * What to do with a pickle that asks for programs to be run (`os.system`), which none is in either case. By default it is
   * refused, for it is an attack on whoever opens it in Python; `'setAside'` reads its tensors and says so in `notes`.
   */
  readonly hostile?: HostileGlobals;
  /** A manifest to use instead of the one in or beside the file. */
  readonly manifest?: Manifest;
  /** `false` does not compare the manifest's SHA-256. */
  readonly verify?: boolean;
}

export interface Checkpoint {
  /** From beside the file, else from within it; `undefined` where there is none. */
  readonly manifest: Manifest | undefined;
  /** In PyTorch's layout, without wrappers' prefixes and counters (`num_batches_tracked`, `n_averaged`). */
  readonly stateDict: StateDict;
  /** Of a network in 8 bits, whose manifest has `quantization`, its tensors of integers by the names in the file. */
  readonly integers: IntegerTensors;
  readonly format: CheckpointFormat;
  /** What wrappers had put before all names, and was removed: `module.`, or nothing. */
  readonly prefix: string;
  /** The known key map that was used without being asked for. */
  readonly keyMap: KnownKeyMapName | undefined;
  /**
   * The numbers, strings and flags that lay beside the weights (`epoch`, `best_prec1`, safetensors' metadata), and objects
   * such as an `argparse.Namespace` as inert {@link ExtraObject}s.
   */
  readonly extras: Extras;
  /** What a user should know, in sentences: which of several dicts the weights are, and what was set aside, by name. */
  readonly notes: readonly string[];
}

/**
 * Reads a checkpoint: safetensors, PyTorch's zip `.pth` or legacy `.th`, told by its bytes. Nothing in it is executed.
 *
 * @param source path or URL, bytes, `Blob`/`File`, or an opened source, which stays open.
 * @throws CheckpointError naming the file and what is wrong with it.
 */
export const loadCheckpoint = (source: CheckpointSource, options: LoadCheckpointOptions = {}): Promise<Checkpoint> =>
  withSource(source, options, (opened) =>
    inFile(opened.name, async () => {
      const format = await detectFormat(opened);
      const path = typeof source === 'string' || source instanceof URL ? localPath(source) : undefined;
      const given = options.manifest && parseManifest(options.manifest);
      const sidecar = given ?? (path === undefined ? undefined : await sidecarManifest(path));
      const read = format === 'safetensors' ? readNative : readTorch;
      const { tensors, integers, extras, notes, manifest, sha256 } = await read(opened, sidecar, options, format);
      if (manifest?.sha256 && sha256 && sha256 !== manifest.sha256)
        throw new CheckpointError(
          `its SHA-256 is ${sha256} but its manifest says ${manifest.sha256}. Fetch it again; if you changed it, pass { verify: false }.`,
        );
      // The plan names its tensors as they are.
      return { manifest, integers, format, extras, notes, ...rename(tensors, manifest?.quantization ? false : options.keyMap) };
    }),
  );

interface Contents {
  readonly tensors: StateDict;
  readonly integers: IntegerTensors;
  readonly extras: Extras;
  readonly notes: readonly string[];
  readonly manifest: Manifest | undefined;
  readonly sha256: string | undefined;
}

async function readNative(source: ByteSource, sidecar: Manifest | undefined, options: LoadCheckpointOptions): Promise<Contents> {
  const { verify = true, onProgress, signal } = options;
  const { metadata } = await readHeader(source);
  const manifest = sidecar ?? embeddedManifest(metadata, source.name);
  const hash = verify && manifest?.sha256 ? await createSha256() : undefined; // a quarter of the time that reading takes
  const { tensors, integers, notes } = await readSafetensors(source, {
    integers: manifest?.quantization !== undefined,
    ...(hash && { onData: hash.update }),
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  });
  const extras = new Map([...metadata].filter(([key]) => key !== MANIFEST_KEY));
  return { tensors, integers, extras, notes, manifest, sha256: hash?.hex() };
}

async function readTorch(
  source: ByteSource,
  manifest: Manifest | undefined,
  { stateDictKey, hostile, verify = true, onProgress }: LoadCheckpointOptions,
  format: CheckpointFormat,
): Promise<Contents> {
  const cached = cachedSource(source);
  const open = format === 'torch-zip' ? readTorchZip : readTorchLegacy;
  const { value, readStorage, globals, classes } = await open(cached, { hostile });
  const found = findStateDict(value, { key: stateDictKey, classes });
  const tensors = await materialize(found.tensors, readStorage);
  const notes = [...notesOnGlobals(globals, { modules: found.modules, script: classes !== undefined }), ...found.notes];
  onProgress?.({ doneBytes: source.sizeBytes, totalBytes: source.sizeBytes });
  return {
    tensors,
    integers: new Map(),
    extras: found.extras,
    notes,
    manifest,
    sha256: verify && manifest?.sha256 ? await hashSource(source) : undefined,
  };
}

/** PyTorch's counters go; then wrappers' prefixes; then other people's names. */
function rename(tensors: StateDict, keyMap: LoadCheckpointOptions['keyMap']): Pick<Checkpoint, 'stateDict' | 'keyMap' | 'prefix'> {
  const weights = new Map([...tensors].filter(([name]) => !isCounter(name)));
  if (keyMap === false) return { stateDict: weights, keyMap: undefined, prefix: '' };
  const { dict: bare, prefix } = stripPrefixes(weights);
  const detected = keyMap === undefined ? detectKeyMap(bare.keys()) : undefined;
  const map = keyMap ?? detected ?? [];
  return { stateDict: renameKeys(bare, typeof map === 'string' ? KNOWN_KEY_MAPS[map].rules : map), keyMap: detected, prefix };
}
