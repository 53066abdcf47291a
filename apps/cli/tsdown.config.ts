import { script } from '../../tsdown.config.base.ts';

/** The command, and the functions behind it. */
export default { ...script(['src/main.ts', 'src/index.ts', 'src/browser.ts']), dts: true, sourcemap: true };
