import { isIP } from 'node:net';
import { Redis } from 'ioredis';
import { ClusterError } from '../cluster-error.ts';

/** Where Redis is, if nothing says so. */
export const LOCAL_REDIS = 'redis://127.0.0.1:6379';

/** An address without its user and password, for messages. */
export function redacted(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
  } catch {
    return 'the address of Redis';
  }
}

/** Redis cannot be used: not there, not for this user, full. */
export class RedisError extends ClusterError {
  override readonly name = 'RedisError';
}

/** Where Redis is and who asks. */
interface Address {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly servername?: string };
}

const again = (tries: number): number => Math.min(100 * 2 ** tries, 3000);

/** How a connection behaves once it was made: Redis may go and come back, and what is asked meanwhile waits. */
export const redisOptions = (url: string) => ({ ...parsed(url), maxRetriesPerRequest: null, retryStrategy: again });

/**
 * Connects to Redis, `rediss://` over TLS, with the address's user and password.
 *
 * @param url `redis://[user:password@]host:port[/database]`
 * @returns the caller quits it.
 * @throws RedisError at once if it cannot be used: later it is waited for.
 */
export async function connectRedis(url: string): Promise<Redis> {
  const address = redacted(url);
  let why: Error | undefined;
  const redis = new Redis({ ...redisOptions(url), lazyConnect: true, connectTimeout: 10_000, retryStrategy: () => null });
  redis.on('error', (error) => {
    why ??= error;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    throw new RedisError(`${address}: ${redisFault(why ?? (error as Error))}.`, { cause: why ?? error });
  }
  redis.options.retryStrategy = again;
  return redis;
}

/** Why Redis does not do what it was asked, in words. */
export function redisFault(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  const { message } = error;
  if (/NOAUTH|Authentication required/i.test(message)) return 'Redis asks for a password: redis://:PASSWORD@host:port, best in REDIS_URL';
  if (/WRONGPASS|invalid (username-password|password)/i.test(message)) return 'the password is wrong, or the user';
  if (isOutOfMemory(error))
    return 'Redis is out of memory (its maxmemory). Nothing is lost: raise it (redis-cli config set maxmemory 2gb), and the work goes on';
  if (/^(MISCONF|READONLY|LOADING|NOPERM)/.test(message)) return `Redis refuses to write: ${message.split('\n')[0]?.slice(0, 160)}`;
  if (code === 'ECONNREFUSED') return 'no Redis answers there. Start one with: redis-server --appendonly yes';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'no machine of that name is found';
  if (code === 'ETIMEDOUT') return 'it does not answer in time: is it redis:// or rediss:// (TLS)?';
  if (code?.startsWith('ERR_SSL') || code === 'ECONNRESET' || code === 'EPROTO')
    return 'the connection was ended: is it redis:// or rediss:// (TLS)?';
  if (/CERT|certificate|self.signed/i.test(`${code} ${message}`))
    return `its certificate is not trusted (${code ?? message}); NODE_EXTRA_CA_CERTS names more`;
  return code ?? message;
}

export const isOutOfMemory = ({ message }: Error): boolean => /\bOOM\b/.test(message);

function parsed(url: string): Address {
  let parts: URL;
  try {
    parts = new URL(url);
  } catch {
    throw new RedisError('the address of Redis: expected redis://[:password@]host:port, or rediss:// for TLS.');
  }
  const { protocol, hostname, port, username, password, pathname } = parts;
  if (protocol !== 'redis:' && protocol !== 'rediss:')
    throw new RedisError(`${protocol}//…: expected redis://[:password@]host:port, or rediss:// for TLS.`);
  const database = Number(pathname.slice(1) || 0);
  if (!Number.isSafeInteger(database))
    throw new RedisError(`${redacted(url)}: expected the number of a database, not '${pathname.slice(1)}'.`);
  return {
    host: hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: Number(port || 6379),
    db: database,
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: isIP(hostname) ? {} : { servername: hostname } }),
  };
}
