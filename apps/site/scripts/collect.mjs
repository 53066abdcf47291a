// Pages that are written elsewhere in the repository: the packages' READMEs, the experiments, the architecture. They are copied, and their
// links are turned into links within the site where it has the page, and to the repository where it has not.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const site = fileURLToPath(new URL('..', import.meta.url));
export const root = fileURLToPath(new URL('../../..', import.meta.url));
const REPOSITORY = 'https://github.com/resnetjs/resnet.js';

const slash = (path) => path.split(sep).join('/');
const manifestOf = (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));

/** Folders of the packages that are published, the one that users begin with first. */
export const published = ['packages', 'apps']
  .flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`))
  .filter((folder) => existsSync(join(root, folder, 'package.json')) && !manifestOf(folder).private)
  .map((folder) => ({ folder, name: manifestOf(folder).name }))
  .sort((a, b) => Number(b.name === 'resnetjs') - Number(a.name === 'resnetjs') || a.name.localeCompare(b.name));

const idOf = (name) => name.replace('@resnetjs/', '');

/** Where each collected file of the repository is in the site. */
const pages = new Map([
  ...published.map(({ folder, name }) => [`${folder}/README.md`, `packages/${idOf(name)}.md`]),
  ...readdirSync(join(root, 'docs/experiments'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => [`docs/experiments/${file}`, `experiments/${file === 'README.md' ? 'index.md' : file}`]),
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => [`docs/${file}`, `reference/${file}`]),
  ['CONTRIBUTING.md', 'reference/contributing.md'],
]);

/** What a link in a file of the repository leads to. */
function linkFrom(file, target) {
  const [path, hash = ''] = target.split('#');
  if (/^[a-z]+:/i.test(target) || path === '') return target;
  const inRepository = posix.normalize(posix.join(posix.dirname(file), path)).replace(/\/$/, '');
  const page = pages.get(inRepository) ?? pages.get(`${inRepository}/README.md`);
  const anchor = hash && `#${hash}`;
  if (page) return `/${page.replace(/(index)?\.md$/, '')}${anchor}`;
  const absolute = join(root, inRepository);
  if (!existsSync(absolute)) throw new Error(`${file}: the link ${target} leads nowhere.`);
  return `${REPOSITORY}/${statSync(absolute).isDirectory() ? 'tree' : 'blob'}/main/${inRepository}${anchor}`;
}

const IMAGES = new Set(['.png', '.jpg', '.svg', '.gif', '.webp']);

/** Copies an image beside the page that shows it. */
function imageFrom(file, target, page) {
  if (/^[a-z]+:/i.test(target)) return target;
  const source = join(root, dirname(file), target);
  if (!IMAGES.has(extname(source)) || !existsSync(source)) throw new Error(`${file}: there is no image ${target}.`);
  const copy = join(site, dirname(page), 'images', slash(relative(root, source)).replaceAll('/', '-'));
  mkdirSync(dirname(copy), { recursive: true });
  cpSync(source, copy);
  return `./images/${slash(relative(join(site, dirname(page), 'images'), copy))}`;
}

/** Text outside of code is Vue's to VitePress: what looks like a tag or an expression there is shown as it is. */
function asMarkdown(text) {
  let fenced = false;
  return text
    .split('\n')
    .map((line) => {
      if (/^\s*```/.test(line)) fenced = !fenced;
      return fenced
        ? line
        : line.replace(/(`[^`]*`)|\{\{|<(?=[A-Za-z/])(?!https?:)/g, (match, code) => code ?? (match === '<' ? '&lt;' : '&#123;&#123;'));
    })
    .join('\n');
}

/** Makes the collected pages anew. @returns their paths in the site */
export function collect() {
  for (const folder of ['packages', 'experiments', 'reference']) rmSync(join(site, folder), { recursive: true, force: true });
  for (const [file, page] of pages) {
    const text = readFileSync(join(root, file), 'utf8').replace(
      /(!?)\[((?:[^\]\\]|\\.|\[[^\]]*\])*)\]\(([^)\s]+)\)/g,
      (_, image, label, target) => (image ? `![${label}](${imageFrom(file, target, page)})` : `[${label}](${linkFrom(file, target)})`),
    );
    mkdirSync(dirname(join(site, page)), { recursive: true });
    writeFileSync(join(site, page), `---\neditLink: false\n---\n\n${asMarkdown(text)}`);
  }
  mkdirSync(join(site, 'public/images'), { recursive: true });
  cpSync(join(root, 'docs/images/residual-block.svg'), join(site, 'public/images/residual-block.svg'));
  return [...pages.values()];
}
