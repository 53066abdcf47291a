import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../places.testing.ts';
import { recorded } from '../recorded-terminal.testing.ts';
import { processTerminal } from '../terminal.ts';
import { serve } from './serve.ts';

const folder = temporaryFolder();

test('serves the network that comes with this, until it is told to end', async () => {
  const running = recorded(['serve', '--port', '0', '--workers', '1', '--log-level', 'silent']);
  await vi.waitFor(() => expect(process.listenerCount('SIGTERM')).toBeGreaterThan(0), { timeout: 15_000 });
  process.emit('SIGTERM');
  const { code, stderr } = await running;
  expect(stderr).toMatch(
    /^resnet20_cifar at http:\/\/127\.0\.0\.1:\d+, described at http:\/\/127\.0\.0\.1:\d+\/docs\. Ctrl-C ends it\.\n$/,
  );
  expect(code).toBe(0);
});

test('where the server is not installed, that is said, and how to get it', async () => {
  const missing = Object.assign(new Error("Cannot find package '@resnetjs/server' imported from …"), { code: 'ERR_MODULE_NOT_FOUND' });
  await expect(serve({ timeout: 1, drain: 1 }, processTerminal(), () => Promise.reject(missing))).rejects.toThrow(
    'resnet serve takes the package @resnetjs/server, which is not installed. Install it where resnetjs is: npm install @resnetjs/server, with -g if that is.',
  );
});

test('what is told wrongly is said', async () => {
  const tokens = join(folder, 'tokens');
  writeFileSync(tokens, '\n\n');
  const said = async (...args: string[]) => {
    const { code, stderr } = await recorded(['serve', '--port', '0', '--log-level', 'silent', ...args]);
    return [code, stderr.replaceAll(folder, '')];
  };
  expect(await said('--port', '70000')).toEqual([2, expect.stringContaining('Expected a port, 0 to 65535.')]);
  expect(await said('--tokens', tokens)).toEqual([2, expect.stringContaining('/tokens holds no token, so that everybody might ask.')]);
  expect(await said('--models', join(folder, 'nowhere'))).toEqual([1, expect.stringContaining('/nowhere: there is no such folder.')]);
  expect(await said('--models', folder)).toEqual([1, expect.stringContaining('no model is named')]);
  expect(await said('--config', tokens)).toEqual([1, expect.stringContaining('/tokens: not JSON')]);
  expect(await said('--model', '=x')).toEqual([1, expect.stringContaining("'=x' cannot be a model's name.")]);
});
