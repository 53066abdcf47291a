import { CheckpointError } from '../checkpoint-error.ts';
import { type Checkpoint, type LoadCheckpointOptions, loadCheckpoint } from '../load-checkpoint.ts';
import { parseJson } from '../manifest/embedded-manifest.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { readRange } from '../sources/byte-source.ts';
import { DEFAULT_BASE_URL, type HubFile, type HubFileOptions, hubFile } from './hub-file.ts';
import { NotFoundError } from './request.ts';
import { manifestFromTimm, type TimmConfigOptions } from './timm-config.ts';

/** Longest `config.json`, in bytes; one with 21,843 labels and their descriptions has 2 MB. */
export const MAX_CONFIG_BYTES = 16 * 2 ** 20;

/** Where timm keeps weights, the preferred first. */
const WEIGHT_FILES = ['model.safetensors', 'pytorch_model.bin'] as const;

export interface FromPretrainedOptions extends HubFileOptions, TimmConfigOptions, Pick<LoadCheckpointOptions, 'keyMap' | 'manifest'> {}

export interface PretrainedCheckpoint extends Checkpoint {
  readonly manifest: Manifest;
}

/**
 * Weights and manifest of a repository in timm's layout (`config.json` beside `model.safetensors`) on the Hugging Face
 * hub or a mirror, downloaded once, checked by SHA-256, kept in a cache.
 *
 * @param id `owner/name`, such as `timm/resnet50.a1_in1k`; timm's `hf-hub:` before it is fine.
 * @throws CheckpointError saying what the hub answered, what is damaged, or what `config.json` lacks.
 */
export async function fromPretrained(id: string, options: FromPretrainedOptions = {}): Promise<PretrainedCheckpoint> {
  const repo = id.replace(/^hf[-_]hub:/, '');
  const config = await hubFile(repo, 'config.json', options);
  const revision = config.info.commit ?? options.revision ?? 'main';
  const name = `${(options.baseUrl ?? DEFAULT_BASE_URL).replace(/\/+$/, '')}/${repo}/tree/${revision}`;
  const manifest = options.manifest ?? manifestFromTimm(parseJson(await readText(config, repo), `${repo}/config.json`), name, options);
  const { source } = await weights(repo, options);
  try {
    const { keyMap } = options;
    return {
      ...(await loadCheckpoint(source, { ...(keyMap !== undefined && { keyMap }), manifest: { ...manifest, sha256: null } })),
      manifest,
    };
  } finally {
    await source.close?.();
  }
}

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
    if (!(error instanceof NotFoundError || options.offline)) throw error;
    return hubFile(repo, other, options).catch(() => {
      throw error; // the first says more
    });
  }
}
