import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import underPressure from '@fastify/under-pressure';
import { type FastifyInstance, fastify, LogController } from 'fastify';
import type { Metrics } from '../metrics.ts';
import { RequestFault } from '../request-fault.ts';
import { answerFaults } from './answer-faults.ts';
import { bearerCheck } from './bearer.ts';
import { bodyBudget } from './body-budget.ts';
import { describeRoutes } from './docs.ts';
import { imageRoutes } from './image-routes.ts';
import * as limits from './limits.ts';
import { otherMethods } from './other-methods.ts';
import { page } from './page.ts';
import { healthRoutes, protocolRoutes } from './protocol-routes.ts';
import type { Serving } from './serving.ts';

export interface AppOptions extends Serving {
  readonly metrics: Metrics;
  readonly logStream?: { write(line: string): void } | undefined;
}

/** Everything of HTTP: what is limited, who may, and the routes. */
export async function httpApp({ metrics, logStream, ...serving }: AppOptions): Promise<FastifyInstance> {
  const { options } = serving;
  const app = fastify({
    logger: { level: options.logLevel, ...(logStream && { stream: logStream }) },
    logController: new LogController({ disableRequestLogging: true }), // one line a request is below
    genReqId: ({ headers }) => sentId(headers['x-request-id']) ?? randomUUID(),
    trustProxy: options.trustProxy,
    bodyLimit: options.maxBytes,
    keepAliveTimeout: limits.KEEP_ALIVE_MS,
    requestTimeout: limits.REQUEST_MS,
    http: { headersTimeout: limits.HEADERS_MS, maxHeaderSize: limits.MOST_HEADER_BYTES, connectionsCheckingInterval: limits.CHECK_MS },
    routerOptions: { maxParamLength: 200 },
    ajv: { customOptions: { removeAdditional: false } },
  });
  app.server.maxConnections = limits.MOST_CONNECTIONS;
  app.setSerializerCompiler(() => JSON.stringify); // schemas describe: they change nothing
  answerFaults(app, metrics);

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions, ip } = request;
    const route = routeOptions.url ?? 'none';
    metrics.answered(route, method, reply.statusCode, reply.elapsedTime / 1000);
    const level = /^\/(v2\/health|metrics)/.test(route) ? 'debug' : 'info';
    request.log[level](
      { method, url: request.url.slice(0, 200), status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10, ip },
      'answered',
    );
  });

  await app.register(helmet, {
    strictTransportSecurity: false, // this speaks HTTP: whoever ends TLS in front of it knows
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'blob:', 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
  });
  if (options.cors.length > 0)
    await app.register(cors, {
      origin: options.cors.includes('*') ? '*' : [...options.cors],
      methods: ['GET', 'POST'],
      exposedHeaders: ['retry-after', 'x-request-id', 'inference-header-content-length'],
    });
  if (options.rateLimit !== undefined)
    await app.register(rateLimit, {
      max: options.rateLimit,
      timeWindow: '1 minute',
      allowList: (request) => request.url.startsWith('/v2/health/'),
    });
  await app.register(underPressure, {
    maxEventLoopDelay: options.maxDelayMs,
    retryAfter: 1,
    pressureHandler: (_request, _reply, type) => {
      throw new RequestFault(503, `the server is late (${type}). Try again in 1 s.`, { reason: 'pressure', retryAfterSeconds: 1 });
    },
  });

  await describeRoutes(app);
  const answerOtherMethods = otherMethods(app);
  await app.register(page);
  await app.register(async (open) => healthRoutes(open, serving));
  await app.register(async (guarded) => {
    guard(guarded, serving, metrics);
    guarded.removeAllContentTypeParsers();
    await guarded.register(multipart, {
      limits: {
        fileSize: options.maxBytes,
        files: options.maxImages,
        parts: options.maxImages + 16,
        fields: 16,
        fieldSize: 1024,
        headerPairs: 32,
      },
    });
    // Every other body is read where nothing else waits for it: in a worker.
    guarded.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    imageRoutes(guarded, serving);
    protocolRoutes(guarded, serving);
    guarded.get('/metrics', {
      schema: {
        summary: 'Figures for Prometheus',
        tags: ['operation'],
        response: { 200: { description: 'In its text format.', content: { 'text/plain': { schema: { type: 'string' } } } } },
      },
      handler: async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
    });
  });
  answerOtherMethods();
  return app;
}

/** Before anything of a body is read: who may, and whether there is memory for it. */
function guard(app: FastifyInstance, { options }: Serving, metrics: Metrics): void {
  const may = bearerCheck(options.tokens);
  const budget = bodyBudget(limits.BODIES_AT_ONCE * options.maxBytes);
  app.addHook('onRequest', async (request, reply) => {
    if (options.tokens.length > 0 && !may(request.headers.authorization)) {
      reply.header('www-authenticate', 'Bearer');
      throw new RequestFault(401, 'expected the header Authorization: Bearer TOKEN, with one of those that may.');
    }
    if (request.method !== 'POST') return;
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity')
      throw new RequestFault(415, `bodies are read as they are, not in content-encoding ${encoding.slice(0, 40)}.`);
    const length = request.headers['content-length'];
    const bytes = length === undefined ? options.maxBytes : Number(length);
    if (bytes > options.maxBytes)
      throw new RequestFault(413, `the body has ${bytes} bytes, more than the ${options.maxBytes} that it may have.`);
    try {
      reply.raw.once('close', budget.take(bytes));
    } catch (error) {
      metrics.rejected('bodies');
      throw error;
    }
  });
}

/** A client's own name for its request, if it is one that can stand in a log. */
const sentId = (id: string | string[] | undefined): string | undefined =>
  typeof id === 'string' && /^[\w.:/-]{1,128}$/.test(id) ? id : undefined;
