import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
};

/** A plain file server on this machine alone, as any web host is. */
export interface StaticServer {
  readonly origin: string;
  /** Files that were asked for, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/**
 * Serves a folder below a path: `/some/path/`.
 *
 * @param options `cut`: files that come half and then no more, as from a host that dies
 */
export async function serveFolder(
  folder: string,
  path: string,
  { cut = () => false }: { cut?: (file: string) => boolean } = {},
): Promise<StaticServer> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const wanted = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    const file = wanted === path ? 'index.html' : wanted.slice(path.length);
    asked.push(file);
    try {
      if (!wanted.startsWith(path)) throw new Error('outside');
      const body = await readFile(join(folder, file));
      response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream').setHeader('content-length', body.length);
      if (cut(file)) response.write(body.subarray(0, body.length / 2), () => response.destroy());
      else response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    origin: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
