import { library } from '../../tsdown.config.base.ts';

// The platform's parts are entries of their own, chosen by the `imports` of package.json when the package is used.
export default {
  ...library([
    'src/index.ts',
    ...['decode', 'downloads', 'files', 'workers'].flatMap((part) => [`src/${part}/node.ts`, `src/${part}/browser.ts`]),
    'src/workers/node-worker.ts',
    'src/workers/browser-worker.ts',
  ]),
  external: [/^#/, /^node:/, 'sharp'],
};
