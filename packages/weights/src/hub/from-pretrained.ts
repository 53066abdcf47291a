import { CheckpointError } from '../checkpoint-error.ts';
import { type Checkpoint, type LoadCheckpointOptions, loadCheckpoint } from '../load-checkpoint.ts';
import { parseJson } from '../manifest/embedded-manifest.ts';
import { type Manifest, parseManifest } from '../manifest/manifest.ts';
import { readRange } from '../sources/byte-source.ts';
import { hubEnvironment } from './environment.ts';
import { DEFAULT_BASE_URL, type HubFile, type HubFileOptions, hubFile, NotCachedError } from './hub-file.ts';
import { ConnectionError, NotFoundError } from './request.ts';
import { manifestFromTimm, type TimmConfigOptions } from './timm-config.ts';

/** Longest `config.json`, in bytes; one with 21,843 labels and their descriptions has 2 MB. */
export const MAX_CONFIG_BYTES = 16 * 2 ** 20;

/** Where timm keeps weights, the preferred first. */
const WEIGHT_FILES = ['model.safetensors', 'pytorch_model.bin'] as const;

export interface FromPretrainedOptions extends HubFileOptions, TimmConfigOptions, Pick<LoadCheckpointOptions, 'keyMap' | 'manifest'> {}

/** What is in a repository: with a manifest, unless it has neither timm's `config.json` nor one of ours. */
export type PretrainedCheckpoint = Checkpoint;

/**
 * Weights and manifest of a repository on the Hugging Face hub or a mirror, downloaded once, checked by SHA-256, kept in a
 * cache: in timm's layout (`config.json` beside `model.safetensors`), or with a manifest of ours, in `model.safetensors` or
 * beside it as `model.json`.
 *
 * @param id `owner/name` or `owner/name@revision`, such as `timm/resnet50.a1_in1k`; timm's `hf-hub:` before it is fine.
 * @throws CheckpointError saying what the hub answered, what is damaged, or what `config.json` lacks.
 */
export async function fromPretrained(id: string, given: FromPretrainedOptions = {}): Promise<PretrainedCheckpoint> {
  const { repo, revision } = parseId(id);
  const options = { ...given, ...(revision !== undefined && { revision }) };
  const manifest = options.manifest ?? (await timmManifest(repo, options).catch(namingWeights)) ?? (await ownManifest(repo, options));
  const { source } = await weights(repo, options);
  try {
    const { keyMap, signal } = options;
    return await loadCheckpoint(source, {
      ...(keyMap !== undefined && { keyMap }),
      ...(signal && { signal }),
      ...(manifest && { manifest }),
      verify: false, // the file has been compared with the hub's SHA-256; a manifest's own is of other bytes
    });
  } finally {
    await source.close?.();
  }
}

function parseId(id: string): { repo: string; revision: string | undefined } {
  const [, repo = id, revision] = /^([^@]*)@(.+)$/.exec(id.replace(/^hf[-_]hub:/, '')) ?? [undefined, id.replace(/^hf[-_]hub:/, '')];
  return { repo, revision };
}

async function timmManifest(repo: string, options: FromPretrainedOptions): Promise<Manifest | undefined> {
  const config = await found(hubFile(repo, 'config.json', options));
  if (!config) return undefined;
  const revision = config.info.commit ?? options.revision ?? 'main';
  const baseUrl = options.baseUrl ?? (await hubEnvironment()).baseUrl ?? DEFAULT_BASE_URL;
  const name = `${baseUrl.replace(/\/+$/, '')}/${repo}/tree/${revision}`;
  return manifestFromTimm(parseJson(await readText(config, repo), `${repo}/config.json`), name, options);
}

/** Where nothing can be reached, what somebody should fetch elsewhere are the weights, not the file that happened to be asked for first. */
function namingWeights(cause: Error): never {
  if (!(cause instanceof ConnectionError)) throw cause;
  throw new ConnectionError(cause.message.replace(/config\.json(?=: )/, WEIGHT_FILES[0]), { cause });
}

/** The one beside the weights, as `saveCheckpoint` writes it; the one within them is found when they are read. */
async function ownManifest(repo: string, options: FromPretrainedOptions): Promise<Manifest | undefined> {
  const file = await found(hubFile(repo, 'model.json', options));
  return file && parseManifest(parseJson(await readText(file, repo), `${repo}/model.json`), `${repo}/model.json`);
}

/** `undefined` for a file that the repository does not have. */
const found = (file: Promise<HubFile>): Promise<HubFile | undefined> =>
  file.catch((error) => {
    if ((error instanceof NotFoundError && !error.isRevision) || error instanceof NotCachedError) return undefined;
    throw error;
  });

async function readText({ source }: HubFile, repo: string): Promise<string> {
  try {
    if (source.sizeBytes > MAX_CONFIG_BYTES)
      throw new CheckpointError(`${repo}: a config.json of ${source.sizeBytes} bytes; at most ${MAX_CONFIG_BYTES} are read.`);
    return new TextDecoder().decode(await readRange(source, 0, source.sizeBytes));
  } finally {
    await source.close?.();
  }
}

/** The first kind of weight file that is there. */
async function weights(repo: string, options: FromPretrainedOptions): Promise<HubFile> {
  const [preferred, other] = WEIGHT_FILES;
  try {
    return await hubFile(repo, preferred, options);
  } catch (error) {
    if (!(error instanceof NotFoundError || error instanceof NotCachedError)) throw error;
    return hubFile(repo, other, options).catch(() => {
      throw error; // the first says more
    });
  }
}
