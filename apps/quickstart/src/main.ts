import { processTerminal } from 'resnetjs';
import { tour } from './tour.ts';

process.exitCode = await tour(processTerminal());
