import { element } from './element.ts';
import type { PageView } from './page-view.ts';
import type { Page } from './pages.ts';

/**
 * Shows the page that the address names after its `#`, and a link to each. Nothing else of the address is used, so this works
 * below any path of any host.
 *
 * @param outlet where pages are shown, one at a time.
 * @param opened told of every page that is shown.
 * @returns the links.
 */
export function navigation(
  pages: readonly [Page, ...Page[]],
  outlet: HTMLElement,
  opened: (view: PageView) => void = () => {},
): HTMLElement {
  const links = pages.map(({ id, title }) => element('a', { href: `#${id}` }, title));
  const applicationName = document.title;
  let shown: PageView | undefined;
  let turn = 0; // the address opened last wins, however long the code of one before it takes

  const open = async ({ moveFocus }: { moveFocus: boolean }) => {
    const mine = ++turn;
    const page = pages.find(({ id }) => location.hash === `#${id}`) ?? pages[0];
    for (const [i, link] of links.entries()) {
      if (pages[i] === page) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    document.title = `${page.title} · ${applicationName}`;
    outlet.replaceChildren();
    shown?.dispose();
    shown = undefined;
    try {
      const view = await page.open();
      if (mine !== turn) return view.dispose();
      shown = view;
      outlet.replaceChildren(view.element);
      opened(view);
    } catch (error) {
      if (mine !== turn) return;
      outlet.replaceChildren(couldNotOpen(page, error as Error));
    }
    if (moveFocus) focusHeading(outlet);
  };
  window.addEventListener('hashchange', () => open({ moveFocus: true }));
  open({ moveFocus: false });
  return element('nav', { 'aria-label': 'Pages' }, ...links);
}

// Where the reading goes on: a screen reader says it, and the next Tab is into the page.
function focusHeading(outlet: HTMLElement): void {
  const heading = outlet.querySelector('h2');
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
}

const couldNotOpen = (page: Page, error: Error): HTMLElement =>
  element(
    'section',
    {},
    element('h2', {}, page.title),
    element('p', { role: 'alert', className: 'alert' }, `This page could not be opened. ${error.message} Reload to try again.`),
  );
