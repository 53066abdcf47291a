import base from '../../vitest.config.base.ts';

// Node itself adds `import` to what is imported. Named here, it would also count for what CommonJS requires, as Fastify's parts do,
// which then get another kind of module than they ask for.
const conditions = ['@resnetjs/source', 'module', 'node'];

export default { ...base, resolve: { conditions }, ssr: { resolve: { conditions } } };
