import { defineConfig } from 'vitest/config';
import base from '../../vitest.config.base.ts';

// Without `module`: what the S3 client has under that name is for bundlers, and Node cannot load it.
const conditions = ['@resnetjs/source', 'node', 'import', 'default'];

export default defineConfig({ ...base, resolve: { conditions }, ssr: { resolve: { conditions } } });
