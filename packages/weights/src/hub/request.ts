import { CheckpointError } from '../checkpoint-error.ts';
import { nodeModule } from '../node-modules.ts';
import { discardBody } from '../sources/discard-body.ts';
import type { HubFileInfo } from './hub-cache.ts';

/** How often a request is sent on to another address. */
export const MAX_REDIRECTS = 5;

export interface RequestOptions {
  readonly fetch?: typeof globalThis.fetch;
  /** For private repositories. Sent to the hub only, not to where it redirects. Default `HF_TOKEN`, or the token that Hugging Face's login keeps. */
  readonly accessToken?: string;
  readonly signal?: AbortSignal;
}

/** The server knows no such file or revision. */
export class NotFoundError extends CheckpointError {
  /** Not the file is missing, but the branch, tag or commit, or the whole repository. */
  readonly isRevision: boolean;

  constructor(message: string, isRevision: boolean) {
    super(message, { isAbsent: true });
    this.isRevision = isRevision;
  }
}

/** The server could not be reached or broke off: worth another try. */
export class ConnectionError extends CheckpointError {}

/** What the hub's own answers said, before they redirected elsewhere. */
interface Linked {
  etag: string | null;
  size: string | null;
  commit: string | null;
  /** To another server. */
  redirected: boolean;
}

export interface HubResponse {
  readonly response: Response;
  readonly info: HubFileInfo;
}

/**
 * Asks for a file from `start` on. Redirects are followed here where that is possible (not in browsers), because
 * the hub tells a large file's SHA-256 in the answer that redirects, not in the last.
 *
 * @returns a response of status 200 (the whole file) or 206 (from `start` on); its body must be read or cancelled.
 * @throws ConnectionError if no answer comes, CheckpointError for any other status.
 */
export async function requestFile(url: string, range: string, options: RequestOptions): Promise<HubResponse> {
  const { fetch = globalThis.fetch, accessToken, signal } = options;
  const inNode = nodeModule('node:fs/promises') !== undefined;
  const linked: Linked = { etag: null, size: null, commit: null, redirected: false };
  let address = new URL(url);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await fetch(address.href, {
      redirect: inNode ? 'manual' : 'follow',
      headers: { range, ...(accessToken && address.origin === new URL(url).origin && { authorization: `Bearer ${accessToken}` }) },
      ...(signal && { signal }),
    }).catch((cause: Error) => {
      if (signal?.aborted) throw cause;
      const why = cause.cause instanceof Error ? cause.cause.message : cause.message;
      throw new ConnectionError(
        `${url}: the server cannot be reached (${why}). Fetch that file elsewhere and give it instead, or name a mirror by HF_ENDPOINT.`,
        { cause },
      );
    });
    linked.etag ??= response.headers.get('x-linked-etag');
    linked.size ??= response.headers.get('x-linked-size');
    linked.commit ??= response.headers.get('x-repo-commit');
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return answer(url, checked(response, url), linked, options);
    discardBody(response);
    const next = new URL(location, address);
    if (next.protocol !== 'https:' && next.protocol !== address.protocol)
      throw new CheckpointError(`${url}: the server redirects to ${next.protocol}//${next.host}, which is not safe.`);
    linked.redirected ||= next.origin !== address.origin;
    address = next;
  }
  throw new CheckpointError(`${url}: redirected more than ${MAX_REDIRECTS} times.`);
}

function checked(response: Response, url: string): Response {
  const { status, statusText, headers } = response;
  if (status === 200 || status === 206) return response;
  discardBody(response);
  if (status >= 500 || status === 429) throw new ConnectionError(`${url}: the server answered ${status} ${statusText}. Try again later.`);
  if (status === 404) {
    const code = headers.get('x-error-code');
    const what = code === 'RevisionNotFound' ? 'revision' : code === 'RepoNotFound' ? 'repository' : 'file';
    throw new NotFoundError(`${url}: there is no such ${what} (404 ${statusText}). Check the name and the revision.`, what !== 'file');
  }
  const advice =
    status === 401 || status === 403
      ? ' The repository does not exist, or is closed to you: check its name, or set HF_TOKEN (accessToken). A gated one asks you to accept its terms on its page first.'
      : '';
  throw new CheckpointError(`${url}: the server answered ${status} ${statusText}.${advice}`);
}

async function answer(url: string, response: Response, linked: Linked, options: RequestOptions): Promise<HubResponse> {
  const { origin } = new URL(url);
  const fromHub = response.redirected ? new URL(response.url).origin === origin : !linked.redirected;
  if (response.redirected && !fromHub) linked.etag ??= await linkedEtag(url, options);
  return { response, info: describe(response, linked, fromHub) };
}

/**
 * Browsers hide the answer that redirects. Asked for its own description of a large file, the Hugging Face hub
 * answers itself, with the SHA-256; `*\/*` keeps other servers content.
 */
async function linkedEtag(url: string, { fetch = globalThis.fetch, accessToken, signal }: RequestOptions): Promise<string | null> {
  const headers = {
    range: 'bytes=0-0',
    accept: 'application/vnd.xet-fileinfo+json, */*',
    ...(accessToken && { authorization: `Bearer ${accessToken}` }),
  };
  const response = await fetch(url, { headers, ...(signal && { signal }) }).catch(() => undefined);
  discardBody(response);
  return response?.headers.get('x-linked-etag') ?? null;
}

/** An ETag of 64 hexadecimal digits is the SHA-256, if the hub itself gave it: storage behind it has other hashes of that length. */
function describe(response: Response, linked: Linked, fromHub: boolean): HubFileInfo {
  const own = response.headers.get('etag');
  const etag = linked.etag ?? own;
  const bare = etag?.replace(/^W\//, '').replaceAll('"', '') ?? null;
  const trusted = linked.etag !== null || fromHub;
  const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
  const length = response.status === 200 && !response.headers.has('content-encoding') ? response.headers.get('content-length') : null;
  const size = linked.size ?? total ?? length;
  return {
    sizeBytes: size === null ? null : Number(size),
    etag: bare,
    sha256: trusted && bare !== null && /^[0-9a-f]{64}$/.test(bare) ? bare : null,
    commit: linked.commit,
  };
}
