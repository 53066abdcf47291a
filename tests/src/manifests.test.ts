import { relative, sep } from 'node:path';
import { expect, test } from 'vitest';
import { publicPackages, root } from './workspace.ts';

test.each(publicPackages)('$manifest.name says on its page what it is, where it is from and what it runs on', ({ folder, manifest }) => {
  const directory = relative(root, folder).split(sep).join('/');
  expect(manifest).toMatchObject({
    description: expect.stringMatching(/^[A-Z].{20,}\.$/),
    keywords: expect.arrayContaining(['resnet']),
    license: 'Apache-2.0',
    engines: { node: '>=20.19' },
    // npm refuses to publish with provenance where this is not the repository that was built.
    repository: { type: 'git', url: 'git+https://github.com/resnetjs/resnet.js.git', directory },
  });
});
