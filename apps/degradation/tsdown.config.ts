import { script } from '../../tsdown.config.base.ts';

export default script();
