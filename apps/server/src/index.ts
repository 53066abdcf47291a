export { BACKENDS, ConfigError, type ModelSpec, readModelOption } from './models/model-spec.ts';
export type { ModelState, Registry, ServedModel } from './models/registry.ts';
export type { Optimize } from './models/shared-cores.ts';
export type { Isolation } from './models/worker-channel.ts';
export type { LogLevel, ServerOptions } from './options.ts';
export { RequestFault } from './request-fault.ts';
export { type ServeOptions, type ServeSurroundings, type Signals, serve } from './serve.ts';
export { createServer, type ListenOptions, type ResnetServer } from './server.ts';
