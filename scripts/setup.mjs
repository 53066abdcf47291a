// Everything `npm start` and `npm test` need on a machine with only Node and npm. Quick when there is nothing to do.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `resnet.js needs Node 20.19 or newer, but this is Node ${process.versions.node}. Install a newer one from https://nodejs.org.`,
  );
  process.exit(1);
}
const { status } = spawnSync(
  process.execPath,
  [fileURLToPath(new URL('pnpm.mjs', import.meta.url)), 'install', '--frozen-lockfile', '--prefer-offline', '--silent'],
  { stdio: 'inherit' },
);
process.exit(status ?? 1);
