#!/usr/bin/env node
import { EXIT } from './exit-code.ts';
import { writeFault } from './file-fault.ts';
import { run } from './run.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `resnet models | head` closes the pipe early: that is no error.
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  process.stderr.write(`error: standard output: cannot be written: ${writeFault('standard output', error)}.\n`);
  process.exit(EXIT.failed);
});

process.exitCode = await run(process.argv.slice(2));
