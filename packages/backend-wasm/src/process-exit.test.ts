import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const dist = fileURLToPath(new URL('../dist/index.js', import.meta.url));
const unbuilt = !existsSync(dist) && 'dist/ is missing; run the build first';

const script = (more: string) => `
  import * as tf from '@tensorflow/tfjs-core';
  import { useWasm } from ${JSON.stringify(dist)};
  const info = await useWasm({ threads: 2 });
  const y = tf.conv2d(tf.ones([1, 64, 64, 16]), tf.ones([3, 3, 16, 16]), 1, 'valid');
  console.log(info.threads, (await y.data())[0]);
  ${more}
`;

const run = (more: string) =>
  spawnSync(process.execPath, ['--input-type=module', '-e', script(more)], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
    timeout: 30_000,
  });

test.skipIf(unbuilt)(`a process that used two threads ends by itself and printed nothing else${unbuilt ? ` (${unbuilt})` : ''}`, () => {
  const { status, stdout, stderr } = run('');
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '2 144\n', stderr: '' });
});

test.skipIf(unbuilt)(`an error after the start is reported as Node reports errors${unbuilt ? ` (${unbuilt})` : ''}`, () => {
  const { status, stderr } = run("Promise.reject(new Error('mine'));");
  expect(status).toBe(1);
  expect(stderr).toContain('Error: mine');
});
