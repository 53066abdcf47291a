import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RequestFault } from '../request-fault.ts';
import { EXPLAIN_METHODS, type Explanation, type Prediction, type Results } from '../worker/protocol.ts';
import { type ImageBodyTask, imageTask } from './image-task.ts';
import { sentImages } from './sent-images.ts';
import { assertRoom, faultSchema, faults, type ModelQuery, query, type Serving, submitFor } from './serving.ts';

const predictions = {
  type: 'array',
  items: {
    type: 'object',
    required: ['index', 'label', 'probability'],
    properties: { index: { type: 'integer' }, label: { type: 'string' }, probability: { type: 'number' } },
  },
};
const embedding = { type: 'array', items: { type: 'number' } };

const answer = (name: string, schema: object) => ({
  description: 'Of one image its own; of a form a list, in its order, in which images that cannot be decoded have an error.',
  type: 'object',
  required: ['model', 'version'],
  properties: {
    model: { type: 'string' },
    version: { type: 'string' },
    [name]: schema,
    results: {
      type: 'array',
      items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, [name]: schema, error: { type: 'string' } } },
    },
  },
});

const body = {
  content: {
    'image/*': { schema: { type: 'string', format: 'binary' } },
    'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
    'application/json': {
      schema: {
        type: 'object',
        required: ['image'],
        properties: { image: { type: 'string', pattern: '^data:', description: 'A data URL.' } },
      },
    },
    'multipart/form-data': {
      schema: { type: 'object', properties: { image: { type: 'array', items: { type: 'string', format: 'binary' } } } },
    },
  },
};

/** `/classify`, `/embed` and `/explain`. */
export function imageRoutes(app: FastifyInstance, serving: Serving): void {
  const top = { type: 'integer', minimum: 1, maximum: 100_000, default: 5, description: 'So many of the most probable classes.' };
  app.post('/classify', {
    schema: {
      summary: 'What is in an image',
      tags: ['images'],
      querystring: query(['model', 'version', 'timeout'], { top }),
      response: { 200: answer('predictions', predictions), ...faults },
    },
    config: { body },
    preParsing: assertRoom(serving),
    handler: async (request, reply) =>
      compute(serving, request, reply, 'predictions', (image) => imageTask('classify', image, request.query)),
  });
  app.post('/embed', {
    schema: {
      summary: "An image's embedding: the pooled features that the head classifies",
      tags: ['images'],
      querystring: query(['model', 'version', 'timeout']),
      response: { 200: answer('embedding', embedding), ...faults },
    },
    config: { body },
    preParsing: assertRoom(serving),
    handler: async (request, reply) => compute(serving, request, reply, 'embedding', (image) => imageTask('embed', image, request.query)),
  });

  const words = (description: string) => ({ type: 'string', maxLength: 128, description });
  app.post('/explain', {
    schema: {
      summary: 'Where the network looks: the photo in grey, and over it in colours what speaks for the class',
      description: 'Takes the package @resnetjs/explain beside the server; 501 without.',
      tags: ['images'],
      querystring: query(['model', 'version', 'timeout'], {
        method: { type: 'string', enum: EXPLAIN_METHODS, default: 'grad-cam', description: 'How it is found out.' },
        target: { type: 'integer', minimum: 0, description: 'The class that is asked about. Default: what the image is taken for.' },
        layer: words('The module whose output is looked at: layer3. Default: the last with space.'),
      }),
      response: {
        200: { description: 'A PNG.', content: { 'image/png': { schema: { type: 'string', format: 'binary' } } } },
        501: faultSchema,
        ...faults,
      },
    },
    config: { body },
    preParsing: assertRoom(serving),
    handler: async (request, reply) => {
      const { registry, options } = serving;
      const { model, version, timeout = options.timeoutMs, ...asked } = request.query as ModelQuery & Explanation;
      const { images } = await sentImages(request, options.maxBytes);
      if (images.length !== 1) throw new RequestFault(400, `expected one image, but the form holds ${images.length}.`);
      const { bytes, isJson = false } = images[0] as (typeof images)[number];
      const task = { kind: 'explain', image: { bytes, isJson }, ...asked } as const;
      const png = (await submitFor(reply, registry.find(model, version), [task], timeout)[0]) as Uint8Array;
      return reply.type('image/png').send(Buffer.from(png.buffer, png.byteOffset, png.byteLength));
    },
  });
}

type One = Results[ImageBodyTask['kind']];

async function compute(
  { registry, options }: Serving,
  request: FastifyRequest,
  reply: FastifyReply,
  name: 'predictions' | 'embedding',
  toTask: (image: { readonly bytes: Uint8Array; readonly isJson?: boolean }) => ImageBodyTask,
): Promise<object> {
  const { model: wanted, version, timeout = options.timeoutMs } = request.query as ModelQuery;
  const { images, isList } = await sentImages(request, options.maxBytes);
  const model = registry.find(wanted, version); // now: another may have taken its place while the body came
  const results = await Promise.allSettled(submitFor(reply, model, images.map(toTask), timeout));
  const about = { model: model.name, version: model.version };
  const faultsOfAll = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  // What is not an image's own fault is the whole request's, and so is what is wrong with all of its images.
  const fault = faultsOfAll.find((reason) => !isOfImage(reason)) ?? (faultsOfAll.length === images.length ? faultsOfAll[0] : undefined);
  if (fault) throw fault;
  if (!isList) return { ...about, [name]: inJson((results[0] as PromiseFulfilledResult<One>).value) };
  return {
    ...about,
    results: results.map((result, i) => ({
      name: images[i]?.name,
      ...(result.status === 'fulfilled' ? { [name]: inJson(result.value) } : { error: (result.reason as Error).message }),
    })),
  };
}

const isOfImage = (reason: unknown): boolean => reason instanceof RequestFault && reason.status === 422;

const inJson = (value: One): readonly Prediction[] | number[] => (value instanceof Float32Array ? Array.from(value) : value);
