import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

export type { Browser };

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Why nothing can be tested in Chromium here; `false` where it can. */
export const noChromium = !existsSync(executablePath) && 'no Chromium found; set CHROMIUM_PATH';

/** How long a test in Chromium may take: machines that run tests are busy with others. */
export const CHROMIUM_MS = 60_000;

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu', // WebGL and WebGPU then run in software
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the Chromium of this machine, with flags beside those that make it quiet; whoever starts it closes it. */
export const launchChromium = (flags: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath, args: [...FLAGS, ...flags] });
