// `npm run release` publishes what the changesets' pull request has versioned; with `--dry-run` nothing leaves this machine: every package is
// built, packed, installed from its tarball into an empty project and used there, and a table says what would go out.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installPacked, packAll, publicManifests, run } from './packed-project.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } });

/** Runs one of the workspace's own commands, and ends with it if it fails. */
function inWorkspace(...command) {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/pnpm.mjs'), 'exec', ...command], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

inWorkspace('node', 'scripts/quietly.mjs', 'Building …', 'turbo', 'run', 'build');
if (!values['dry-run']) {
  inWorkspace('changeset', 'publish');
  process.exit();
}

const folder = mkdtempSync(join(tmpdir(), 'resnetjs-release-'));
try {
  const plan = join(folder, 'plan.json');
  // It joins the path to that of the workspace, even one that is absolute.
  run(root, process.execPath, join(root, 'scripts/pnpm.mjs'), 'exec', 'changeset', 'status', `--output=${relative(root, plan)}`);
  const { releases } = JSON.parse(readFileSync(plan, 'utf8'));
  const next = new Map(releases.map(({ name, newVersion }) => [name, newVersion]));

  const tarballs = packAll(join(folder, 'tarballs'));
  const project = mkdtempSync(join(folder, 'project-'));
  installPacked(project, tarballs);
  cpSync(join(root, 'packages/testing/photos/chelsea.png'), join(project, 'chelsea.png'));
  for (const { name } of publicManifests()) run(project, process.execPath, '--input-type=module', '--eval', `await import('${name}')`);
  const said = run(project, 'npx', '--no-install', 'resnet', 'predict', 'chelsea.png', '--json');
  if (!said.includes('"cat"')) throw new Error(`The installed command should see a cat, but says ${said}`);

  console.log('Packed, installed into an empty project and imported there; `npx resnet predict chelsea.png` sees a cat.\n');
  console.table(
    Object.fromEntries(
      publicManifests().map(({ name, version }) => {
        const file = tarballs.find((path) => path.endsWith(`${name.replace('@', '').replace('/', '-')}-${version}.tgz`));
        return [name, { now: version, next: next.get(name) ?? 'unchanged', 'tarball, kB': Math.round(statSync(file).size / 1000) }];
      }),
    ),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
