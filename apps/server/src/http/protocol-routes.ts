import { createRequire } from 'node:module';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RequestFault } from '../request-fault.ts';
import { assertRoom, faultSchema, faults, type ModelQuery, query, type Serving, submitFor } from './serving.ts';

const { version: ownVersion } = createRequire(import.meta.url)('@resnetjs/server/package.json') as { version: string };

const tensor = {
  type: 'object',
  required: ['name', 'datatype', 'shape'],
  properties: { name: { type: 'string' }, datatype: { type: 'string' }, shape: { type: 'array', items: { type: 'integer' } } },
};
const parameters = { type: 'object', additionalProperties: true };
const sentTensor = (binary: string) => ({
  ...tensor,
  properties: { ...tensor.properties, parameters: { ...parameters, description: binary }, data: { type: 'array', items: {} } },
});

const inferBody = {
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['inputs'],
        properties: {
          id: { type: 'string' },
          parameters,
          inputs: { type: 'array', minItems: 1, maxItems: 16, items: sentTensor('binary_data_size: bytes of this tensor behind the JSON') },
          outputs: {
            type: 'array',
            items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, parameters } },
          },
        },
      },
    },
    'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
  },
};

const metadata = {
  type: 'object',
  required: ['name', 'versions', 'platform', 'inputs', 'outputs'],
  properties: {
    name: { type: 'string' },
    versions: { type: 'array', items: { type: 'string' } },
    platform: { type: 'string' },
    inputs: { type: 'array', items: tensor, description: 'A request gives one of them: image, files, or input, prepared pixels.' },
    outputs: { type: 'array', items: tensor },
  },
};
const ready = (name: string) => ({ type: 'object', properties: { [name]: { type: 'boolean' } } });

type ModelParams = Required<Pick<ModelQuery, 'model'>> & Pick<ModelQuery, 'version'>;

const paramsOf = (request: FastifyRequest): ModelParams => request.params as ModelParams;

/** `/v2/health`: open to whoever asks, for those that ask hold no tokens. */
export function healthRoutes(app: FastifyInstance, { registry, isDraining }: Serving): void {
  const health = (path: string, name: string, summary: string, isSo: () => boolean): void => {
    app.get(`/v2/health/${path}`, {
      schema: { summary, tags: ['open inference protocol'], response: { 200: ready(name), 503: ready(name) } },
      logLevel: 'warn',
      handler: (_, reply) => reply.code(isSo() ? 200 : 503).send({ [name]: isSo() }),
    });
  };
  health('live', 'live', 'Whether the server answers at all', () => true);
  health('ready', 'ready', 'Whether every model can be asked: no worker is missing for good, and the server is not ending', () => {
    const { models } = registry;
    return !isDraining() && models.length > 0 && models.every(({ current }) => !current || current.live > 0);
  });
}

/** The Open Inference Protocol V2. */
export function protocolRoutes(app: FastifyInstance, serving: Serving): void {
  const { registry, options } = serving;
  const tags = ['open inference protocol'];
  const params = {
    type: 'object',
    properties: { model: { type: 'string', maxLength: 128 }, version: { type: 'string', maxLength: 128 } },
  };

  app.get('/v2', {
    schema: {
      summary: 'What this server is',
      tags,
      response: {
        200: {
          type: 'object',
          properties: { name: { type: 'string' }, version: { type: 'string' }, extensions: { type: 'array', items: { type: 'string' } } },
        },
      },
    },
    handler: async () => ({
      name: 'resnetjs',
      version: ownVersion,
      extensions: ['binary_tensor_data', 'classification', ...(options.control ? ['model_repository'] : [])],
    }),
  });

  app.get('/v2/models', {
    schema: {
      summary: 'Names of the models',
      tags,
      response: { 200: { type: 'object', properties: { models: { type: 'array', items: { type: 'string' } } } } },
    },
    handler: async () => ({ models: [...new Set(registry.models.map(({ name }) => name))] }),
  });

  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    app.get(path, {
      schema: { summary: "A model's inputs and outputs", tags, params, response: { 200: metadata, 404: faultSchema, 503: faultSchema } },
      handler: async (request) => {
        const { model, version } = paramsOf(request);
        const { inputs, outputs } = await registry.find(model, version).host().ready;
        const versions = registry.models.filter(({ name }) => name === model).map((served) => served.version);
        return { name: model, versions, platform: 'resnetjs', inputs, outputs };
      },
    });
    app.get(`${path}/ready`, {
      schema: {
        summary: 'Whether a model is in memory, and a worker has it',
        tags,
        params,
        response: { 200: ready('ready'), 503: ready('ready'), 404: faultSchema },
      },
      logLevel: 'warn',
      handler: async (request, reply) => {
        const { model, version } = paramsOf(request);
        const { name, current } = registry.find(model, version);
        const isReady = (current?.live ?? 0) > 0;
        return reply.code(isReady ? 200 : 503).send({ name, ready: isReady });
      },
    });
    app.post(`${path}/infer`, {
      schema: {
        summary: 'Computes a model',
        description: 'With tensors in JSON, or behind it in binary, as Inference-Header-Content-Length says how long the JSON is.',
        tags,
        params,
        querystring: query(['timeout']),
        headers: { type: 'object', properties: { 'inference-header-content-length': { type: 'string', pattern: '^[0-9]{1,15}$' } } },
        response: {
          200: {
            type: 'object',
            properties: {
              model_name: { type: 'string' },
              model_version: { type: 'string' },
              id: { type: 'string' },
              outputs: { type: 'array', items: sentTensor('binary_data_size: bytes of this tensor behind the JSON') },
            },
          },
          ...faults,
        },
      },
      config: { body: inferBody },
      preParsing: assertRoom(serving),
      handler: async (request, reply) => {
        const { model: name, version } = paramsOf(request);
        const { timeout = options.timeoutMs } = request.query as ModelQuery;
        const model = registry.find(name, version);
        const body = request.body as Uint8Array | undefined;
        if (!body?.byteLength) throw new RequestFault(400, 'the body is empty: expected {"inputs": […]}.');
        const header = request.headers['inference-header-content-length'] as string | undefined;
        const task = {
          kind: 'infer',
          body,
          jsonBytes: header === undefined ? undefined : Number(header),
          model: { name, version: model.version },
        } as const;
        const { body: answer, jsonBytes } = (await submitFor(reply, model, [task], timeout)[0]) as { body: Uint8Array; jsonBytes?: number };
        if (jsonBytes !== undefined) reply.header('inference-header-content-length', String(jsonBytes));
        return reply
          .type(jsonBytes === undefined ? 'application/json; charset=utf-8' : 'application/octet-stream')
          .send(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength));
      },
    });
  }

  app.post('/v2/repository/index', {
    schema: {
      summary: 'All models, and whether they are in memory',
      tags,
      response: {
        200: {
          type: 'array',
          items: {
            type: 'object',
            properties: { name: { type: 'string' }, version: { type: 'string' }, state: { type: 'string' }, reason: { type: 'string' } },
          },
        },
      },
    },
    handler: async () => registry.models.map(({ name, version, state, reason }) => ({ name, version, state, reason })),
  });
  if (!options.control) return;
  for (const action of ['load', 'unload'] as const)
    app.post(`/v2/repository/models/:model/${action}`, {
      schema: {
        summary:
          action === 'load'
            ? 'Loads a model that the server was told of, anew if it is there'
            : 'Finishes what a model has, and frees its memory',
        tags,
        params,
        querystring: query(['version']),
        response: { 200: { type: 'object', properties: {} }, ...faults },
      },
      handler: async (request) => {
        await registry[action](paramsOf(request).model, (request.query as ModelQuery).version);
        return {};
      },
    });
}
