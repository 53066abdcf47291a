#!/usr/bin/env node
// The command `resnet` in a clone: builds what changed, saying nothing, then runs it. As a bin of its own rather than a script
// of package.json, because pnpm and npm print a headline before those, which would be in the way of `--json`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
// turbo calls pnpm: where this was not started by it, it is fetched first.
const pnpm = process.env.npm_config_user_agent?.startsWith('pnpm/')
  ? []
  : [process.execPath, here('pnpm.mjs'), '--dir', here('..'), 'exec'];
const { status } = spawnSync(
  process.execPath,
  [here('quietly.mjs'), 'Building …', ...pnpm, 'turbo', 'run', 'build', '--filter=resnetjs...'],
  { stdio: 'inherit' },
);
if (status !== 0) process.exit(status ?? 1);
await import('../apps/cli/dist/main.js');
