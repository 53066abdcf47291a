import { script } from '../../tsdown.config.base.ts';

export default { ...script(['src/index.ts']), dts: true, sourcemap: true };
