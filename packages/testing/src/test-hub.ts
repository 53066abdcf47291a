import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that speaks the Hugging Face hub's protocol, with its storage on another host. */
export interface TestHub {
  readonly url: string;
  /** Files by `owner/name/file`; a test may change them between requests. */
  readonly files: Map<string, Uint8Array>;
  /** Repositories that want a token: `Bearer secret`. */
  readonly gated: Set<string>;
  /** Bytes after which the storage cuts the connection, once each, the first first. */
  readonly cuts: number[];
  /** Bytes after which the storage sends no more and keeps the connection, once each. */
  readonly stalls: number[];
  /** Places of bytes that the storage sends wrongly, once each. */
  readonly wrongs: number[];
  /** Pieces in which the storage sends a file, with a moment between them. */
  pieces: number;
  /** `GET /path range`, in order, of both hosts. */
  readonly requests: string[];
  close(): Promise<void>;
}

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Large files are redirected to the storage with a signature that it insists on. */
export async function testHub(): Promise<TestHub> {
  const files = new Map<string, Uint8Array>();
  const [gated, cuts, stalls, wrongs, requests] = [new Set<string>(), [] as number[], [] as number[], [] as number[], [] as string[]];
  const signatures = new Map<string, string>();
  const cors = { 'access-control-allow-origin': '*', 'access-control-expose-headers': '*', 'access-control-allow-headers': '*' };

  const storage = await listen((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://storage');
    const bytes = [...files.values()].find((content) => pathname === `/${sha256(content)}`);
    if (!bytes || searchParams.get('X-Signature') !== signatures.get(pathname) || request.headers.authorization)
      return void response.writeHead(403, cors).end();
    const wrong = wrongs.shift();
    const sent = wrong === undefined ? bytes : bytes.with(wrong, (bytes[wrong] as number) ^ 1);
    const faults = { cut: cuts.shift(), stall: stalls.shift(), pieces: made.pieces };
    send(request, response, sent, { ...cors, etag: `"${'0'.repeat(32)}-1"` }, faults);
  });
  const hub = await listen((request, response) => {
    const [, repo, name] = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(request.url ?? '') ?? [];
    const bytes = files.get(`${repo}/${name}`);
    if (![...files.keys()].some((file) => file.startsWith(`${repo}/`)))
      return void response.writeHead(401, { ...cors, 'x-error-code': 'RepoNotFound' }).end();
    if (repo && gated.has(repo) && request.headers.authorization !== 'Bearer secret')
      return void response.writeHead(401, { ...cors, 'x-error-code': 'GatedRepo' }).end();
    if (!bytes) return void response.writeHead(404, { ...cors, 'x-error-code': 'EntryNotFound' }).end();
    if (name?.endsWith('.json'))
      return send(request, response, bytes, { ...cors, etag: `"${sha256(bytes).slice(0, 40)}"`, 'x-repo-commit': COMMIT });
    const place = `/${sha256(bytes)}`;
    signatures.set(place, 'signed');
    response
      .writeHead(302, {
        ...cors,
        location: `${storage.url}${place}?X-Signature=signed`,
        'x-linked-etag': `"${sha256(bytes)}"`,
        'x-linked-size': bytes.length,
        'x-repo-commit': COMMIT,
      })
      .end();
  });
  const close = async () => void (await Promise.all([hub.close(), storage.close()]));
  const made: TestHub = { url: hub.url, files, gated, cuts, stalls, wrongs, pieces: 1, requests, close };
  return made;

  async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    const server: Server = createServer((request, response) => {
      if (request.method === 'OPTIONS') return void response.writeHead(204, cors).end();
      requests.push([request.method, request.url, request.headers.range].filter(Boolean).join(' '));
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const close = () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
  }
}

interface Faults {
  readonly cut?: number | undefined;
  readonly stall?: number | undefined;
  readonly pieces?: number;
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  headers: Record<string, string>,
  { cut, stall, pieces = 1 }: Faults = {},
): void {
  const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const end = Number(/^bytes=\d+-(\d+)/.exec(request.headers.range ?? '')?.[1] ?? bytes.length - 1);
  const part = bytes.subarray(start, end + 1);
  response.writeHead(206, {
    ...headers,
    'content-range': `bytes ${start}-${start + part.length - 1}/${bytes.length}`,
    'content-length': part.length,
  });
  if (cut !== undefined) response.write(part.subarray(0, cut), () => setTimeout(() => response.destroy(), 50));
  else if (stall !== undefined) response.write(part.subarray(0, stall));
  else sendPieces(response, part, Math.ceil(part.length / pieces));
}

function sendPieces(response: ServerResponse, rest: Uint8Array, sizeBytes: number): void {
  if (rest.length <= sizeBytes) return void response.end(rest);
  response.write(rest.subarray(0, sizeBytes), () => setTimeout(() => sendPieces(response, rest.subarray(sizeBytes), sizeBytes), 5));
}

/** What timm writes beside weights of ImageNet. */
export const timmConfig = (architecture: string, side = 224): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify({
      architecture,
      num_classes: 1000,
      pretrained_cfg: {
        input_size: [3, side, side],
        interpolation: 'bicubic',
        crop_pct: 0.95,
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
        num_classes: 1000,
      },
    }),
  );
