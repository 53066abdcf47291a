import type { PageView } from './page-view.ts';

/** A page as the navigation knows it. */
export interface Page {
  /** Its address, after the `#`. */
  readonly id: string;
  /** The link's text, and the window's title. */
  readonly title: string;
  /** Loads its code, which the first page opened should not wait for, and makes it. */
  open(): Promise<PageView>;
}

/** Every page; the first is where an address without a page leads. */
export const pages: readonly [Page, ...Page[]] = [
  { id: 'classify', title: 'Classify', open: async () => (await import('./classify/classify-page.ts')).classifyPage() },
  { id: 'look', title: 'Look inside', open: async () => (await import('./look/look-page.ts')).lookPage() },
  { id: 'train', title: 'Train your own', open: async () => (await import('./train/train-page.ts')).trainPage() },
  { id: 'why', title: 'Why residual', open: async () => (await import('./why/why-page.ts')).whyPage() },
  {
    id: 'architecture',
    title: 'Architecture',
    open: async () => (await import('./architecture/architecture-page.ts')).architecturePage(),
  },
];
