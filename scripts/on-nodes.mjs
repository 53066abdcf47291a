#!/usr/bin/env node
// Runs a package's tests under this Node and, for those that depend on the JavaScript engine, under each Node whose binary is named in
// RESNETJS_NODES, separated by commas: `on-nodes PATH…`, where PATH… are the tests of the second kind, as vitest filters files.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const engineTests = process.argv.slice(2);
const others = (process.env.RESNETJS_NODES ?? '').split(',').filter(Boolean);
const vitest = join(dirname(createRequire(join(process.cwd(), 'package.json')).resolve('vitest/package.json')), 'vitest.mjs');
const config = fileURLToPath(new URL('../vitest.config.base.ts', import.meta.url));

// The smallest module with a fused multiply-add, as backend-wasm's features.ts asks for it.
const FUSED = `WebAssembly.validate(new Uint8Array([0,97,115,109,1,0,0,0,1,5,1,96,0,1,123,3,2,1,0,10,19,1,17,0,65,0,253,15,65,0,253,15,65,0,253,15,253,133,2,11]))`;

/** `Node v24.1.0, fused kernels`; src/variant.test.ts of backend-wasm proves which they are. */
function describe(node) {
  const { status, stdout, error } = spawnSync(node, ['-p', `process.version + ' ' + ${FUSED}`], { encoding: 'utf8' });
  if (status !== 0) {
    console.error(`on-nodes: RESNETJS_NODES names ${node}, which cannot be run: ${error?.message ?? `it ended with ${status}`}.`);
    process.exit(1);
  }
  const [version, isFused] = stdout.trim().split(' ');
  return `Node ${version}, ${isFused === 'true' ? 'fused' : 'plain'} kernels`;
}

const runs = [
  { node: process.execPath, filters: [], what: 'every test' },
  ...others.map((node) => ({ node, filters: engineTests, what: engineTests.join(', ') })),
].map((run) => ({ ...run, name: describe(run.node) }));
let worst = 0;
for (const { node, filters, name, what } of runs) {
  console.log(`on-nodes: ${name}: ${what}`);
  const { status } = spawnSync(node, [vitest, 'run', '--config', config, ...filters], { stdio: 'inherit' });
  worst ||= status ?? 1;
}
if (others.length === 0) console.log('on-nodes: no other Node, for RESNETJS_NODES names none');
process.exit(worst);
