import type { FastifyInstance } from 'fastify';
import { RequestFault } from '../request-fault.ts';

/**
 * Of each route that is declared after this: by which methods it can be asked. To be called before any route is.
 *
 * @returns what answers all other methods 405, with those that are allowed; to be called after the last route.
 */
export function otherMethods(app: FastifyInstance): () => void {
  const declared = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = declared.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    declared.set(url, methods);
  });
  return () => {
    // OPTIONS belongs to CORS, which answers it for every address.
    const methods = app.supportedMethods.filter((method) => method !== 'OPTIONS');
    for (const [url, allowed] of [...declared]) {
      if (url === '*') continue;
      const others = methods.filter((method) => !allowed.has(method));
      const allow = [...allowed].sort().join(', ');
      app.route({
        method: others,
        url,
        schema: { hide: true },
        // Before anything of a body is read.
        onRequest: async ({ method }, reply) => {
          reply.header('allow', allow);
          throw new RequestFault(405, `${url} is not asked by ${method}. It takes ${allow}.`);
        },
        handler: () => undefined,
      });
    }
  };
}
