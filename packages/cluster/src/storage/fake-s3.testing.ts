import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

/** What of S3's protocol a storage uses, in memory: buckets by path, pages of a few keys. */
export interface FakeS3 {
  readonly url: string;
  readonly objects: Map<string, Uint8Array>;
  /** What is answered to all requests instead, while it is set. */
  failing: { readonly status: number; readonly code: string } | undefined;
  readonly authorizations: string[];
}

const PAGE = 3;

export async function fakeS3(bucket: string): Promise<FakeS3> {
  const objects = new Map<string, Uint8Array>();
  const authorizations: string[] = [];
  const fake: { failing: FakeS3['failing'] } = { failing: undefined };
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fake');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    authorizations.push(request.headers.authorization ?? '');
    const fail = (status: number, code: string) =>
      response
        .writeHead(status, { 'content-type': 'application/xml' })
        .end(request.method === 'HEAD' ? '' : `<Error><Code>${code}</Code></Error>`);
    if (fake.failing) return fail(fake.failing.status, fake.failing.code);
    const [, own, ...rest] = decodeURIComponent(pathname).split('/');
    const key = rest.join('/');
    if (own !== bucket) return fail(404, 'NoSuchBucket');
    if (key === '') {
      const prefix = searchParams.get('prefix') ?? '';
      const after = searchParams.get('continuation-token') ?? '';
      const all = [...objects.keys()].filter((name) => name.startsWith(prefix) && name > after).sort();
      const page = all.slice(0, PAGE);
      const items = page.map(
        (name) =>
          `<Contents><Key>${name}</Key><Size>${objects.get(name)?.length}</Size><ETag>&quot;${etag(objects.get(name))}&quot;</ETag></Contents>`,
      );
      const more = all.length > PAGE;
      const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
      return response
        .writeHead(200, { 'content-type': 'application/xml' })
        .end(`<?xml version="1.0"?><ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${items.join('')}</ListBucketResult>`);
    }
    if (request.method === 'PUT') {
      objects.set(key, unchunked(Buffer.concat(chunks), String(request.headers['content-encoding'] ?? '')));
      return response.writeHead(200, { etag: `"${etag(objects.get(key))}"` }).end();
    }
    const object = objects.get(key);
    if (!object) return fail(404, request.method === 'HEAD' ? 'NotFound' : 'NoSuchKey');
    const wanted = request.headers['if-match'];
    if (wanted && wanted !== `"${etag(object)}"`) return fail(412, 'PreconditionFailed');
    response.writeHead(200, { 'content-length': object.length, etag: `"${etag(object)}"` });
    return response.end(request.method === 'HEAD' ? '' : object);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(fake, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, objects, authorizations });
}

const etag = (bytes: Uint8Array = new Uint8Array()): string => createHash('md5').update(bytes).digest('hex');

/** `aws-chunked`: each chunk's length in hex before it, checksums after the last. */
function unchunked(body: Buffer, encoding: string): Uint8Array {
  if (!encoding.includes('aws-chunked')) return body;
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at);
    const length = Number.parseInt(body.toString('latin1', at, end), 16);
    if (!(length > 0)) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
}
