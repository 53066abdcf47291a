// Writes networks with formula weights as ONNX and compares their logits in onnxruntime with ours:
// node scripts/parity.mjs [--filter 'resnet*'] [--size 128] [--opset 17] [--folder where/to/keep/the/files]
import { parseArgs } from 'node:util';
import { createServer } from 'vite';

const { values } = parseArgs({
  options: { filter: { type: 'string', default: '*' }, size: { type: 'string' }, opset: { type: 'string' }, folder: { type: 'string' } },
});
const server = await createServer({
  configFile: false,
  root: new URL('..', import.meta.url).pathname,
  server: { middlewareMode: true, ws: false },
  appType: 'custom',
  optimizeDeps: { noDiscovery: true },
  ssr: { resolve: { conditions: ['@resnetjs/source', 'module', 'node', 'import', 'default'] } },
  logLevel: 'error',
});
const { main } = await server.ssrLoadModule('/src/parity/main.testing.ts');
await main({
  filter: values.filter,
  folder: values.folder,
  ...(values.size && { size: Number(values.size) }),
  ...(values.opset && { opset: Number(values.opset) }),
});
await server.close();
process.exit(); // runtimes keep threads
