import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DefaultTheme, defineConfig } from 'vitepress';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The pages of a folder, titled by their first heading. */
const pagesIn = (folder: string): DefaultTheme.SidebarItem[] =>
  existsSync(here(`../${folder}`))
    ? readdirSync(here(`../${folder}`))
        .filter((file) => file.endsWith('.md') && file !== 'index.md')
        .map((file) => ({
          text: /^# (.+)$/m.exec(readFileSync(here(`../${folder}/${file}`), 'utf8'))?.[1]?.replaceAll('`', '') ?? file,
          link: `/${folder}/${file.replace('.md', '')}`,
        }))
    : [];

const guides: DefaultTheme.SidebarItem[] = [
  { text: 'First five minutes', link: '/start/' },
  {
    text: 'Guides',
    items: [
      { text: 'Classify photos', link: '/guides/classify' },
      { text: 'Fine-tune on your photos', link: '/guides/fine-tune' },
      { text: 'Train from scratch', link: '/guides/train' },
      { text: 'See where a network looks', link: '/guides/explain' },
      { text: 'Smaller and faster: 8 bits', link: '/guides/quantize' },
      { text: 'Serve a network', link: '/guides/serve' },
      { text: 'Weights in and out', link: '/guides/weights' },
      { text: 'ONNX, and what reads it', link: '/guides/onnx' },
      { text: 'Backends, and which to take', link: '/guides/backends' },
      { text: 'Memory', link: '/guides/memory' },
      { text: 'Exactness', link: '/guides/exactness' },
    ],
  },
];

const how: DefaultTheme.SidebarItem[] = [
  {
    text: 'How residual networks work',
    items: [
      { text: 'Deeper was worse', link: '/how/' },
      { text: 'F(x) + x', link: '/how/residual' },
      { text: 'Vanishing gradients', link: '/how/gradients' },
      { text: 'When the size changes', link: '/how/projections' },
      { text: 'Gates and concatenation', link: '/how/highway-and-dense' },
      { text: 'What depth costs', link: '/how/costs' },
    ],
  },
];

export default defineConfig({
  title: 'resnet.js',
  description:
    'Residual networks for TypeScript: run, train, fine-tune and understand ResNet, ResNeXt and DenseNet in Node and in the browser.',
  lang: 'en',
  head: [['link', { rel: 'icon', href: '/icon.svg', type: 'image/svg+xml' }]],
  cleanUrls: false,
  srcExclude: ['README.md', '.tmp/**'],
  // The playground is copied in after the pages are built, and dist/ is where it lies.
  ignoreDeadLinks: [/^\/playground\//],
  markdown: { theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' } },
  vite: {
    worker: { format: 'es' },
    build: { target: 'es2022', chunkSizeWarningLimit: 2000 },
    resolve: { conditions: ['@resnetjs/source', 'module', 'browser', 'import', 'default'] },
    // Threads need a page that is cross-origin isolated; a host must send these, too.
    server: { headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' } },
  },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start/', activeMatch: '^/(start|guides)/' },
      { text: 'How it works', link: '/how/', activeMatch: '^/how/' },
      { text: 'Experiments', link: '/experiments/', activeMatch: '^/experiments/' },
      { text: 'Benchmarks', link: '/benchmarks' },
      { text: 'Packages', link: '/packages/resnetjs', activeMatch: '^/packages/' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
      { text: 'Playground', link: '/playground/index.html', target: '_self' },
    ],
    sidebar: {
      '/start/': guides,
      '/guides/': guides,
      '/how/': how,
      '/experiments/': [{ text: 'Experiments', link: '/experiments/', items: pagesIn('experiments') }],
      '/packages/': [{ text: 'Packages', items: pagesIn('packages') }],
      '/api/': [{ text: 'API', link: '/api/', items: [...pagesIn('api'), ...pagesIn('api/@resnetjs')] }],
      '/reference/': [{ text: 'Reference', items: pagesIn('reference') }],
    },
    search: { provider: 'local' }, // an index in the page: no server is asked
    outline: [2, 3],
    socialLinks: [{ icon: 'github', link: 'https://github.com/resnetjs/resnet.js' }],
    footer: { message: 'Apache-2.0' },
  },
});
