import { exitCodeOf, processTerminal } from 'resnetjs';
import { createProgram } from './program.ts';

const code = await exitCodeOf(() => createProgram(processTerminal()).parseAsync());
// A study that ends early has set its own.
if (code !== 0) process.exitCode = code;
