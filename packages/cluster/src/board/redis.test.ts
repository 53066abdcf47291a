import { freePort, noRedis, testRedis } from '@resnetjs/testing/redis-server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectRedis, redacted, redisFault } from './redis.ts';

test.each([
  ['redis://user:s3cret@host:6379/2', 'redis://host:6379/2'],
  ['rediss://:s3cret@host', 'rediss://host'],
  ['s3cret', 'the address of Redis'],
])('of %s messages say %s', (url, said) => {
  expect(redacted(url)).toBe(said);
});

test.each([
  ['http://user:s3cret@host', 'http://…: expected redis://'],
  ['s3cret', 'the address of Redis: expected redis://'],
  ['redis://:s3cret@host/first', "redis://host/first: expected the number of a database, not 'first'"],
])('%s is refused, and its secret is not told', async (url, message) => {
  const error = await connectRedis(url).catch((error: Error) => error);
  expect((error as Error).message).toContain(message);
  expect((error as Error).message).not.toContain('s3cret');
});

test('where no Redis answers, that is said, and how to start one', async () => {
  const port = await freePort();
  await expect(connectRedis(`redis://:s3cret@127.0.0.1:${port}`)).rejects.toThrow(
    `redis://127.0.0.1:${port}: no Redis answers there. Start one with: redis-server --appendonly yes.`,
  );
});

test.each([
  ['OOM command not allowed when used memory > maxmemory', 'Redis is out of memory'],
  ["MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk", 'Redis refuses to write: MISCONF'],
  ['READONLY You can not write against a read only replica.', 'Redis refuses to write: READONLY'],
  ['connect ETIMEDOUT', 'is it redis:// or rediss:// (TLS)?', 'ETIMEDOUT'],
  ['self-signed certificate', 'its certificate is not trusted', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
])('%s is told in words', (message, words, code = '') => {
  expect(redisFault(Object.assign(new Error(message), code && { code }))).toContain(words);
});

describe.skipIf(noRedis)(`a Redis with a password${noRedis ? ` (skipped: ${noRedis})` : ''}`, () => {
  test('takes who has it, and says what is wrong with who has not', async () => {
    const server = await testRedis('--requirepass', 's3cret');
    onTestFinished(server.stop);
    const { port } = server;
    const redis = await connectRedis(`redis://:s3cret@127.0.0.1:${port}`);
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
    const address = `redis://127.0.0.1:${port}`;
    await expect(connectRedis(`redis://:wr0ng@127.0.0.1:${port}`)).rejects.toThrow(`${address}: the password is wrong, or the user.`);
    await expect(connectRedis(address)).rejects.toThrow(`${address}: Redis asks for a password`);
  });
});
