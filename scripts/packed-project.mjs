// What users get: every public package packed as it would be published, and a project in which npm installed the tarballs.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

export function publicManifests() {
  return ['packages', 'apps']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(root, group, name, 'package.json')))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')))
    .filter((manifest) => !manifest.private);
}

export function packAll(folder) {
  mkdirSync(folder, { recursive: true });
  const filters = publicManifests().flatMap(({ name }) => ['--filter', name]);
  run(root, process.execPath, join(root, 'scripts/pnpm.mjs'), ...filters, 'pack', '--pack-destination', folder);
  return readdirSync(folder).map((name) => join(folder, name));
}

export function installPacked(project, tarballs) {
  writeFileSync(join(project, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }');
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  run(project, 'npm', 'install', ...quiet, '@tensorflow/tfjs-core@4.22.0', ...tarballs);
}

export function run(cwd, command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${error?.message ?? status}\n${stdout}${stderr}`);
  return stdout;
}
