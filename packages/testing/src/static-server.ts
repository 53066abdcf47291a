import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import sirv from 'sirv';

/** A plain file server on this machine alone, as any web host is. */
export interface StaticServer {
  readonly origin: string;
  /** Files that were asked for, in order, each by its path below its folder. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export interface ServeOptions {
  /** Pages are cross-origin isolated: they may share memory with their workers. */
  readonly isolated?: boolean;
  /** The Content-Security-Policy of what is served. */
  readonly policy?: string;
  /** Files that come half and then no more, as from a host that dies. */
  readonly cut?: (file: string) => boolean;
}

const ISOLATING = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/**
 * Serves folders on a free local port until closed.
 *
 * @param folders by the path that they are served below, as `/` or `/some/path/`; the first that fits is taken
 */
export async function serveFolders(
  folders: Readonly<Record<string, string>>,
  { isolated = false, policy, cut = () => false }: ServeOptions = {},
): Promise<StaticServer> {
  const headers = new Headers({ ...(isolated && ISOLATING), ...(policy && { 'content-security-policy': policy }) });
  // `dev` reads the folder at each request: tests change what is served.
  const mounts = Object.entries(folders).map(([path, folder]) => ({ path, folder, send: sirv(folder, { dev: true }) }));
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const url = request.url ?? '/';
    const mount = mounts.find(({ path }) => url.startsWith(path));
    if (!mount) return response.writeHead(404).end();
    const file = decodeURIComponent(url.slice(mount.path.length).replace(/[?#].*/, '')) || 'index.html';
    asked.push(file);
    response.setHeaders(headers);
    if (cut(file)) {
      const body = await readFile(join(mount.folder, file));
      response.setHeader('content-length', body.length).write(body.subarray(0, body.length / 2), () => response.destroy());
      return;
    }
    request.url = url.slice(mount.path.length - 1);
    mount.send(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
