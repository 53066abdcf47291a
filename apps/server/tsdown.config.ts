import { script } from '../../tsdown.config.base.ts';

/** The server, and what its workers run. */
export default { ...script(['src/index.ts', 'src/worker/worker.ts']), dts: true, sourcemap: true };
