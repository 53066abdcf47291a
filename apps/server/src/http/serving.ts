import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Registry, ServedModel } from '../models/registry.ts';
import type { WholeOptions } from '../options.ts';
import type { Results, Task } from '../worker/protocol.ts';
import { MOST_TIMEOUT_MS } from './limits.ts';

/** What routes need of the server. */
export interface Serving {
  readonly registry: Registry;
  readonly options: WholeOptions;
  /** Whether it is about to end. */
  isDraining(): boolean;
}

export interface ModelQuery {
  readonly model?: string;
  readonly version?: string;
  readonly timeout?: number;
}

const QUERY = {
  model: { type: 'string', maxLength: 128, description: 'Which model. May be left out where there is one.' },
  version: { type: 'string', maxLength: 128, description: 'Which version. Default: the latest.' },
  timeout: {
    type: 'integer',
    minimum: 1,
    maximum: MOST_TIMEOUT_MS,
    description: 'Milliseconds until 504 is answered and nothing computed.',
  },
};

/** The schema of those parts of `ModelQuery` that a route takes, with more of its own. */
export const query = (names: readonly (keyof ModelQuery)[], more: Record<string, object> = {}) => ({
  type: 'object',
  additionalProperties: false,
  properties: { ...Object.fromEntries(names.map((name) => [name, QUERY[name]])), ...more },
});

export const faultSchema = {
  type: 'object',
  required: ['error'],
  properties: { error: { type: 'string' }, request_id: { type: 'string' } },
} as const;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What is read, for the description: bodies are checked where they are read, in a worker. */
    readonly body?: object;
  }
}

/** The errors that every route which computes may answer. */
export const faults = Object.fromEntries(
  Object.entries({
    400: 'The request is not as it should be.',
    401: 'A token is missing, or not one of those that may.',
    404: 'There is no such model or version.',
    408: 'The request did not come in time.',
    413: 'The body is larger than it may be.',
    415: 'The content type is none of those that are read.',
    422: 'An image cannot be decoded, or is larger than it may be.',
    429: 'More requests than one address may send.',
    500: 'This failed inside the server.',
    503: 'More requests than can be computed: Retry-After says when to try again.',
    504: 'The deadline passed.',
  }).map(([status, description]) => [status, { description, ...faultSchema }]),
);

/** Submits tasks for a request: cancelled when its client is gone, over when its time is. */
export function submitFor<T extends Task>(
  { raw }: FastifyReply,
  model: ServedModel,
  tasks: readonly T[],
  timeoutMs: number,
): Promise<Results[T['kind']]>[] {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  return model.host().submit(tasks, { timeoutMs, signal: gone.signal });
}

/** Refuses before the body is read what could not be computed now. @throws RequestFault */
export function assertRoom({ registry }: Serving): (request: FastifyRequest) => Promise<void> {
  return async ({ query, params }) => {
    const { model, version } = { ...(query as ModelQuery), ...(params as ModelQuery) };
    registry.find(model, version).host().assertRoom();
  };
}
