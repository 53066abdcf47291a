import { library } from '../../tsdown.config.base.ts';

// Files are written by an entry of its own, so that nothing of Node is in what a browser loads.
export default { ...library(['src/index.ts', 'src/node.ts', 'src/report.ts']), external: [/^node:/] };
