import { createRequire } from 'node:module';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifySchema } from 'fastify';

const { version, description } = createRequire(import.meta.url)('@resnetjs/server/package.json') as {
  version: string;
  description: string;
};

/** OpenAPI as JSON at `/docs/json`, and to read at `/docs`. */
export async function describeRoutes(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: '@resnetjs/server', version, description },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      security: [{}, { bearer: [] }],
    },
    transform: ({ schema, url, route }) => ({
      schema: { ...(schema as FastifySchema), ...(route.config?.body && { body: route.config.body }) },
      url,
    }),
  });
  // The page that describes sets styles on its elements.
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    transformStaticCSP: (policy) => policy.replace("style-src 'self' https:", "style-src 'self' 'unsafe-inline'"),
  });
}
