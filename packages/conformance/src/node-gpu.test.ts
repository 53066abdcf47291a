import { declareSuite } from './node-suite.testing.ts';

await declareSuite('node-gpu');
