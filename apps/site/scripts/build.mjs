// `npm run site`, after the playground was built: collects what is written elsewhere, makes the API's pages from the docstrings, adds the playground, and builds.
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Application } from 'typedoc';
import { build } from 'vitepress';
import { collect, published, root, site } from './collect.mjs';

const playground = join(root, 'apps/playground/dist');
if (!existsSync(join(playground, 'index.html'))) {
  console.error('The playground, whose widgets are in the pages, is not built. Run `npm run site` at the top, which builds it first.');
  process.exit(1);
}

collect();

rmSync(join(site, 'api'), { recursive: true, force: true });
const app = await Application.bootstrapWithPlugins({
  name: 'resnet.js',
  plugin: ['typedoc-plugin-markdown'],
  entryPointStrategy: 'packages',
  entryPoints: published.map(({ folder }) => join(root, folder)),
  packageOptions: {
    entryPoints: ['src/index.ts'],
    tsconfig: 'tsconfig.json',
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true, // what Error has
    groupOrder: ['Functions', 'Interfaces', 'Type Aliases', 'Variables', 'Classes'],
    readme: 'none',
    skipErrorChecking: true, // types are checked where they are written
  },
  out: join(site, 'api'),
  readme: 'none',
  entryFileName: 'index',
  hideBreadcrumbs: true,
  hidePageHeader: true,
  disableSources: true,
  parametersFormat: 'table',
  propertiesFormat: 'table',
  router: 'module',
  logLevel: 'Error',
  validation: { notExported: false, invalidLink: true, notDocumented: false },
});
const project = await app.convert();
if (!project) process.exit(1);
await app.generateOutputs(project);

await build(site, { outDir: join(site, 'dist') });
cpSync(playground, join(site, 'dist/playground'), { recursive: true });
console.log(`The site is in ${join(site, 'dist')}.`);
