import { processTerminal } from 'resnetjs';
import { createProgram } from './program.ts';

await createProgram(processTerminal()).parseAsync();
