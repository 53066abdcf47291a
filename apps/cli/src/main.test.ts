import { execFile, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { photo } from './places.testing.ts';

// Each starts a program of its own.
vi.setConfig({ testTimeout: 60_000 });

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const unbuilt = existsSync(main) ? undefined : 'dist/ is missing: run the build first';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command in a process of its own, as a shell would. */
const resnet = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { env: { ...process.env, FORCE_COLOR: '0' } }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });

describe.skipIf(unbuilt)(`the built command${unbuilt ? ` (${unbuilt})` : ''}`, () => {
  test('classifies a photo with the weights it comes with, and ends by itself', async () => {
    const { code, stdout } = await resnet('predict', photo('chelsea.png'), '--top', '1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^.*chelsea\.png\n {2}cat {2}\s*100\.0 % {2}█+\n$/);
  });

  test('ends with 1 where the work fails and with 2 where it was called wrongly', async () => {
    const failed = await resnet('predict', 'absent.png');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('error: absent.png: there is no such file.');
    expect(await resnet('predict')).toMatchObject({ code: 2 });
  });

  // Ctrl-C, `kill`, a terminal that is closed
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s leaves nothing of a file of results', async (signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'resnet-interrupted-'));
    try {
      mkdirSync(join(folder, 'photos'));
      for (let i = 0; i < 2000; i++) symlinkSync(photo('chelsea.png'), join(folder, 'photos', `${i}.png`));
      const child = spawn(process.execPath, [main, 'predict', join(folder, 'photos'), '--out', join(folder, 'results.csv')]);
      const ended = new Promise((resolve) => child.once('exit', (code, by) => resolve({ code, by })));
      const isBegun = () => readdirSync(folder).some((name) => name.includes('results'));
      while (!isBegun()) await new Promise((resolve) => setTimeout(resolve, 20));
      child.kill(signal);
      expect(await ended).toEqual({ code: null, by: signal });
      expect(readdirSync(folder)).toEqual(['photos']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk behind the output is said without a stack trace', () => {
    const full = openSync('/dev/full', 'w');
    try {
      const { status, stderr } = spawnSync(process.execPath, [main, 'models'], { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 1, stderr: 'error: standard output: cannot be written: the disk is full.\n' });
    } finally {
      closeSync(full);
    }
  });

  test('a reader that closes early is no error', async () => {
    const code = await new Promise((resolve) => {
      const child = execFile(process.execPath, [main, 'models'], () => resolve(child.exitCode));
      child.stdout?.destroy();
    });
    expect(code).toBe(0);
  });
});
