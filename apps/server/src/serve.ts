import { ConfigError } from './models/model-spec.ts';
import type { ServerOptions } from './options.ts';
import { createServer, type ListenOptions, type ServerParts } from './server.ts';
import { watchSources } from './watch-sources.ts';

export interface ServeOptions extends ServerOptions, ListenOptions {
  /** Looks every so many milliseconds whether folder, config or files of weights changed, and reloads. Default: only at SIGHUP. */
  readonly watchMs?: number | undefined;
  /** Longest wait for what is being computed when the server is told to end. Default 30 s. */
  readonly drainMs?: number | undefined;
}

/** Where signals come from: `process`, but in tests. */
export interface Signals {
  on(signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP', listener: () => void): unknown;
  off(signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP', listener: () => void): unknown;
}

export interface ServeSurroundings extends ServerParts {
  readonly signals?: Signals;
  /** Called with the address when requests are answered. */
  readonly onListening?: (address: string, models: readonly string[]) => void;
}

/**
 * Serves until SIGTERM or SIGINT: then no more requests are taken, and those that are there answered. A second signal ends at once.
 * SIGHUP reads folder and config again.
 *
 * @returns whether everything was answered.
 * @throws ConfigError for what is told wrongly, and for an address that cannot be had.
 */
export async function serve(options: ServeOptions, { signals = process, onListening, ...parts }: ServeSurroundings = {}): Promise<boolean> {
  const { port, host = '127.0.0.1', watchMs, drainMs = 30_000 } = options;
  const server = await createServer(options, parts);
  const { app } = server;
  const address = await server.listen({ port, host }).catch(async (cause: NodeJS.ErrnoException) => {
    await server.close();
    throw new ConfigError(cause.code === 'EADDRINUSE' ? `port ${port ?? 8080} is taken. Choose another: --port 8081` : cause.message, {
      cause,
    });
  });
  if (!isLoopback(host) && !options.tokens?.length) app.log.warn({ host }, 'whoever reaches this machine may ask: there are no tokens');
  const reload = (): void => {
    server.reload().catch((error: Error) => app.log.error({ reason: error.message }, 'cannot be read again'));
  };
  const unwatch = watchMs === undefined ? () => undefined : watchSources(options, watchMs, reload);
  return new Promise((resolve) => {
    let isEnding = false;
    let isWhole = true;
    let timer: NodeJS.Timeout | undefined;
    const done = (): void => {
      clearTimeout(timer);
      for (const signal of ['SIGTERM', 'SIGINT'] as const) signals.off(signal, end);
      signals.off('SIGHUP', reload);
      resolve(isWhole);
    };
    const endNow = (): void => {
      isWhole = false;
      void server.close().finally(done);
    };
    const end = (): void => {
      if (isEnding) {
        endNow();
        return;
      }
      isEnding = true;
      unwatch();
      app.log.info('told to end: what is being computed is answered first');
      timer = setTimeout(endNow, drainMs);
      void server.drain().finally(() => {
        if (isWhole) done(); // else the end is waited for that was not
      });
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) signals.on(signal, end);
    signals.on('SIGHUP', reload);
    onListening?.(
      address,
      server.models.models.map(({ name }) => name),
    );
  });
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);
