import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MissingPiece } from './backend-error.ts';
import { libraryFolders, missingCuda } from './cuda.ts';
import { checkPackage, folderOf } from './find-package.ts';
import { explainLoadError } from './load-error.ts';
import type { PackageName } from './package-name.ts';
import { unsupported } from './platform.ts';

const CPU: PackageName = '@tensorflow/tfjs-node';
const GPU: PackageName = '@tensorflow/tfjs-node-gpu';
const linux = { platform: 'linux', arch: 'x64', cpuFlags: 'flags : fpu sse4_2 avx avx2' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'resnetjs-node-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a package that is not installed is asked for with the version that fits', () => {
  expect(folderOf(CPU)).toBeUndefined();
  expect(() => checkPackage(CPU, undefined, linux)).toThrow('Run: npm install @tensorflow/tfjs-node@4.22.0');
});

test('an installed package without its addon is told apart, with the command of the package manager that put it there', () => {
  expect(() => checkPackage(CPU, folder, linux)).toThrow('Run: npm rebuild @tensorflow/tfjs-node');
  const inPnpm = join(folder, '.pnpm', 'node_modules');
  expect(() => checkPackage(GPU, inPnpm, linux)).toThrow('then pnpm rebuild @tensorflow/tfjs-node-gpu');
  mkdirSync(join(folder, 'lib/napi-v8'), { recursive: true });
  expect(() => checkPackage(CPU, folder, linux)).toThrow('its addon');
  writeFileSync(join(folder, 'lib/napi-v8/tfjs_binding.node'), '');
  expect(() => checkPackage(CPU, folder, linux)).not.toThrow();
});

test('machines that have no binary are named, with what to use instead', () => {
  expect(unsupported(CPU, linux)).toBeUndefined();
  expect(unsupported(CPU, { platform: 'darwin', arch: 'arm64' })).toBeUndefined();
  expect(unsupported(GPU, { platform: 'darwin', arch: 'arm64' })).toMatch(/no libtensorflow for darwin-arm64.*Use @resnetjs\/backend-wasm/);
  expect(unsupported(CPU, { ...linux, cpuFlags: 'flags : fpu sse4_2' })).toMatch(/AVX/);
});

describe('what the system says about an addon that it will not load is put into words', () => {
  test.each<[said: string, missing: MissingPiece]>([
    ['libtensorflow.so.2: cannot open shared object file: No such file or directory', 'libtensorflow'],
    ["dlopen(tfjs_binding.node, 0x0001): Library not loaded: '@rpath/libtensorflow.2.dylib'", 'libtensorflow'],
    ['The specified module could not be found.\n\\\\?\\C:\\app\\tfjs_binding.node', 'libtensorflow'],
    ['libcudart.so.11.0: cannot open shared object file: No such file or directory', 'cuda'],
    ["/lib/x86_64-linux-gnu/libm.so.6: version `GLIBC_2.27' not found", 'platform'],
    ['Error loading shared library ld-linux-x86-64.so.2: No such file or directory', 'platform'],
    ['/app/lib/napi-v8/tfjs_binding.node: invalid ELF header', 'addon'],
    ['/app/lib/napi-v8/tfjs_binding.node: file too short', 'addon'],
    ['something else', 'unknown'],
  ])('%s', (said, missing) => {
    const error = explainLoadError(CPU, '/app', new Error(said));
    expect(error.missing).toBe(missing);
    expect(error.message).toContain(said);
    expect(error.cause).toBeInstanceOf(Error);
  });
});

test('libraries of CUDA are looked for where the system would, and those that are absent are listed', () => {
  expect(libraryFolders({ LD_LIBRARY_PATH: '/a:/b' }, 'linux').slice(0, 2)).toEqual(['/a', '/b']);
  expect(libraryFolders({ PATH: 'C:\\a;C:\\b' }, 'win32').slice(0, 2)).toEqual(['C:\\a', 'C:\\b']);
  expect(missingCuda([folder, '/no/such/folder'], 'linux')).toHaveLength(3);
  for (const file of ['libcuda.so.1', 'libcudart.so.11.0', 'libcublas.so.11', 'libcublasLt.so.11', 'libcufft.so.10', 'libcurand.so.10'])
    writeFileSync(join(folder, file), '');
  expect(missingCuda([folder], 'linux')).toEqual(['CUDA 11.2 (libcusolver.so.11, libcusparse.so.11)', 'cuDNN 8.1 (libcudnn.so.8)']);
});
