import { library } from '../../tsdown.config.base.ts';

// Where WebGPU comes from is an entry of its own, chosen by the `imports` of package.json when the package is used.
export default {
  ...library(['src/index.ts', 'src/dawn/node.ts', 'src/dawn/browser.ts']),
  external: [/^#/, 'webgpu', /^@tensorflow\//],
};
