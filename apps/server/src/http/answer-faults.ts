import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from '../metrics.ts';
import { RequestFault } from '../request-fault.ts';

/** Every error in the words of the Open Inference Protocol, `{"error"}`, with nothing of where in the server it came from. */
export function answerFaults(app: FastifyInstance, metrics: Metrics): void {
  const body = (message: string, { id }: FastifyRequest) => ({ error: message, request_id: id });
  app.setErrorHandler((error: FastifyError | RequestFault, request, reply) => {
    if (error instanceof RequestFault) {
      const { status, retryAfterSeconds, reason } = error;
      if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
      request.log.debug({ status, reason, message: error.message }, 'refused');
      return reply.code(status).send(body(error.message, request));
    }
    const status = error.statusCode ?? 500;
    if (status === 503) metrics.rejected('pressure');
    if (status === 429) metrics.rejected('rate');
    if (status >= 500 && status !== 503) {
      request.log.error({ err: error }, 'failed');
      return reply.code(500).send(body('this failed inside the server.', request));
    }
    return reply.code(status).send(body(error.message || (STATUS_CODES[status] as string), request));
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send(body(`there is nothing at ${request.method} ${request.url.split('?')[0]?.slice(0, 100)}. /docs lists what there is.`, request)),
  );
}
