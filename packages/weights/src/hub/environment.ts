import { nodeModule } from '../node-modules.ts';

/** What the environment says about the hub, as Hugging Face's own tools read it. */
export interface HubEnvironment {
  /** `HF_ENDPOINT`: a mirror. */
  readonly baseUrl: string | undefined;
  /** `HF_TOKEN`, or the file that `huggingface-cli login` writes. */
  readonly accessToken: string | undefined;
  /** `HF_HUB_OFFLINE` */
  readonly offline: boolean;
}

/** In a browser it says nothing. */
export async function hubEnvironment(): Promise<HubEnvironment> {
  const { HF_ENDPOINT, HF_HUB_OFFLINE } = environment();
  return { baseUrl: HF_ENDPOINT || undefined, accessToken: await token(), offline: isSet(HF_HUB_OFFLINE) };
}

/** Where Hugging Face's tools keep what they write: `HF_HOME`; `undefined` where it is not set. */
export const hubHome = (): string | undefined => environment().HF_HOME || undefined;

/** The same, or where they keep it if it is not set; `undefined` where there is no disk. */
export function huggingFaceHome(): string | undefined {
  const [path, os] = [nodeModule('node:path'), nodeModule('node:os')];
  const { XDG_CACHE_HOME } = environment();
  return hubHome() ?? (path && os && path.join(XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'huggingface'));
}

async function token(): Promise<string | undefined> {
  const { HF_TOKEN, HF_TOKEN_PATH, HF_HUB_DISABLE_IMPLICIT_TOKEN } = environment();
  if (HF_TOKEN) return HF_TOKEN.trim();
  const [fs, path, home] = [nodeModule('node:fs/promises'), nodeModule('node:path'), huggingFaceHome()];
  if (!fs || !path || !home || isSet(HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  const text = await fs.readFile(HF_TOKEN_PATH || path.join(home, 'token'), 'utf8').catch(() => '');
  return text.trim() || undefined;
}

const environment = (): Readonly<Record<string, string | undefined>> =>
  (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env ?? {};

const isSet = (value: string | undefined): boolean => ['1', 'true', 'yes', 'on'].includes(value?.toLowerCase() ?? '');
