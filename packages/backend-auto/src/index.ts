export { BackendError } from './backend-error.ts';
export type { Ability, BackendName } from './backend-name.ts';
export { examineBackends, examineMachine, type Machine } from './examine.ts';
export type { Facts } from './platform/platform.ts';
export type { Considered } from './probe.ts';
export { type BestOptions, type Choice, useBackend, useBest } from './use-best.ts';
