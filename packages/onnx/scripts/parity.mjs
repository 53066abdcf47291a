// Writes networks with formula weights as ONNX and compares their logits in onnxruntime with ours:
// node scripts/parity.mjs [--filter 'resnet*'] [--size 128] [--opset 17] [--folder where/to/keep/the/files]
// In 8 bits, all of their integers instead; `--filter shipped` is the network that comes with the command:
// node scripts/parity.mjs --levels [--filter resnet50] [--size 64] [--verbose]
import { parseArgs } from 'node:util';
import { createServer } from 'vite';

const { values } = parseArgs({
  options: {
    filter: { type: 'string', default: '*' },
    size: { type: 'string' },
    opset: { type: 'string' },
    folder: { type: 'string' },
    levels: { type: 'boolean' },
    verbose: { type: 'boolean' },
  },
});
const { filter, folder, levels, verbose } = values;
const size = values.size && Number(values.size);
const server = await createServer({
  configFile: false,
  root: new URL('..', import.meta.url).pathname,
  server: { middlewareMode: true, ws: false },
  appType: 'custom',
  optimizeDeps: { noDiscovery: true },
  ssr: { resolve: { conditions: ['@resnetjs/source', 'module', 'node', 'import', 'default'] } },
  logLevel: 'error',
});
if (levels) {
  const { levelsMain } = await server.ssrLoadModule('/src/parity/levels-main.testing.ts');
  await levelsMain({ filter, verbose, ...(size && { size }) });
} else {
  const { main } = await server.ssrLoadModule('/src/parity/main.testing.ts');
  await main({ filter, folder, ...(size && { size }), ...(values.opset && { opset: Number(values.opset) }) });
}
await server.close();
process.exit(); // runtimes keep threads
