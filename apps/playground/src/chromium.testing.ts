import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, launchChromium, noChromium } from '@resnetjs/testing/chromium';
import { type ServeOptions, type StaticServer, serveFolders } from '@resnetjs/testing/static-server';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Where the page is served from: not the root, as on many static hosts. */
export const SITE_PATH = '/below/some/path/';

/** The built page, as `build` left it: once for all files of tests. */
const BUILT = here('../dist');
const reasons = [noChromium, !existsSync(BUILT) && 'the page is not built'].filter((reason) => reason !== false);

const FLAGS = [
  // A camera that shows a test picture, and nobody to ask whether it may be used.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  // The network is off but for this machine.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

const launch = (flags: readonly string[] = []) => launchChromium([...FLAGS, ...flags]);

export interface VisitOptions extends Pick<ServeOptions, 'cut'> {
  /** The address after the `#`: which page. */
  readonly at?: string;
  readonly context?: BrowserContextOptions;
  /** Runs before anything is loaded: routes, permissions. */
  readonly before?: (page: Page) => Promise<unknown>;
  /** For Chromium, beside the usual ones: then a browser is started for this visit alone. */
  readonly flags?: readonly string[];
  /** What is served, if not the built page as it is. */
  readonly folder?: string;
  /** Lines of the console that this test brings about and that are no fault. */
  readonly expected?: RegExp;
}

export interface Visit {
  readonly page: Page;
  readonly server: StaticServer;
}

/** How long a test waits for what should come at once: machines that run tests are busy with others. */
export const PATIENCE_MS = 180_000;

/** The built page, and a browser to look at it with. */
export interface Site {
  /**
   * Opens the page, does something there, closes it. Fails if the page wrote an error to the console or asked anything of
   * another host.
   */
  visit(options: VisitOptions, act: (visit: Visit) => Promise<void>): Promise<void>;
  /** The folder with the built page. */
  readonly folder: string;
}

/** Tests of the built page in Chromium; skipped, saying why, where that cannot be. */
export function describeInChromium(name: string, tests: (site: Site) => void): void {
  describe.skipIf(reasons.length > 0)(reasons.length > 0 ? `${name} (${reasons.join('; ')})` : name, { timeout: PATIENCE_MS }, () => {
    let browser: Browser;

    beforeAll(async () => {
      browser = await launch();
    }, PATIENCE_MS);
    afterAll(async () => {
      await browser?.close();
    });

    tests({
      folder: BUILT,
      async visit({ at = '', context: contextOptions, before, cut, expected, folder: served = BUILT, flags = [] }, act) {
        const server = await serveFolders({ [SITE_PATH]: served }, { ...(cut && { cut }) });
        const own = flags.length > 0 ? await launch(flags) : undefined;
        const context = await (own ?? browser).newContext({ viewport: { width: 900, height: 900 }, ...contextOptions });
        const noise: string[] = [];
        const hear = (line: string) => expected?.test(line) || noise.push(line);
        try {
          context.setDefaultTimeout(PATIENCE_MS);
          const page = await context.newPage();
          page.on('console', (line) => line.type() === 'error' && hear(line.text()));
          page.on('pageerror', (error) => hear(String(error)));
          context.on('request', (request) => {
            const url = request.url();
            if (!/^(blob|data):/.test(url) && !url.startsWith(server.origin + SITE_PATH)) hear(`asked for ${url}`);
          });
          await before?.(page);
          await page.goto(`${server.origin}${SITE_PATH}${at}`);
          await act({ page, server });
          expect(noise).toEqual([]);
        } finally {
          await context.close();
          await own?.close();
          await server.close();
        }
      },
    });
  });
}

/** Waits until what moves on the page has come to its end. */
export const stillness = (page: Page): Promise<unknown> =>
  page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));

/** Saves pictures of the page for people to look at, as it is, in the dark and on a phone: `.tmp/NAME[-dark|-phone].png`. */
export async function screenshots(page: Page, name: string): Promise<void> {
  mkdirSync(here('../.tmp'), { recursive: true });
  const shoot = (kind: string) => page.screenshot({ path: here(`../.tmp/${name}${kind}.png`), fullPage: true });
  const size = page.viewportSize();
  await shoot('');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shoot('-dark');
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize({ width: 390, height: 844 });
  await shoot('-phone');
  if (size) await page.setViewportSize(size);
}
