import { library } from '../../tsdown.config.base.ts';

// What differs between Node and pages is an entry of its own, chosen by the `imports` of package.json when the package is used.
export default {
  ...library(['src/index.ts', 'src/platform/node.ts', 'src/platform/browser.ts']),
  external: [/^#/, /^@resnetjs\//, /^@tensorflow\//, 'wasm-feature-detect'],
};
