export { exitCodeOf } from './exit-code-of.ts';
export { shippedCheckpoint } from './network/shipped.ts';
export { bar } from './print/bar.ts';
export { run } from './run.ts';
export { processTerminal, type Screen, showsColour, type Terminal } from './terminal.ts';
export { UsageError } from './usage-error.ts';
