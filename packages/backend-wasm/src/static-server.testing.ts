import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** Serves folders by URL prefix on a free local port; isolated pages may share memory with their workers; a policy forbids things. */
export async function serve(
  folders: Record<string, string>,
  { isolated = false, policy = '' } = {},
): Promise<{ origin: string; server: Server }> {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    const prefix = Object.keys(folders).find((p) => path.startsWith(p)) ?? '/';
    try {
      const body = await readFile(join(folders[prefix] ?? '', path.slice(prefix.length)));
      response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
      if (policy) response.setHeader('content-security-policy', policy);
      if (isolated) {
        response.setHeader('cross-origin-opener-policy', 'same-origin');
        response.setHeader('cross-origin-embedder-policy', 'require-corp');
      }
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, server };
}
