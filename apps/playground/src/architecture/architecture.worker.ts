import { listModels } from '@resnetjs/zoo';
import { expose } from 'comlink';
import { describeArchitecture } from './describe-architecture.ts';

// A network of a thousand layers takes the better part of a second: too long for the page itself.
const architectures = { listModels: async () => listModels(), describeArchitecture: async (name: string) => describeArchitecture(name) };

export type ArchitectureWorker = typeof architectures;

expose(architectures);
