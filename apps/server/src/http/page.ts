import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

// Beside both `src` and `dist`.
const folder = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../page' : '../page', import.meta.url));

/** The page at `/`, on which a photo can be dropped. */
export async function page(app: FastifyInstance): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    wildcard: false,
    cacheControl: false,
    setHeaders: (reply) => reply.header('cache-control', 'no-cache'),
  });
}
