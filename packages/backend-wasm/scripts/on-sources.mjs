import { createServer } from 'vite';

/** Loads one of this package's sources, which are TypeScript, hands it to `use`, and lets go of what that took. */
export async function onSources(path, use) {
  const server = await createServer({
    configFile: false,
    root: new URL('..', import.meta.url).pathname,
    server: { middlewareMode: true, ws: false },
    appType: 'custom',
    optimizeDeps: { noDiscovery: true },
    logLevel: 'error',
  });
  try {
    return await use(await server.ssrLoadModule(path));
  } finally {
    await server.close();
  }
}
