/** A page while it is shown. */
export interface PageView {
  /** Holds an `h2`, which says what the page is and gets the focus when it is opened. */
  readonly element: HTMLElement;
  /** Settles when the page has loaded what it needs at first: what else is to be loaded waits for that. */
  readonly loaded?: Promise<unknown>;
  /** Stops what the page runs and frees what it holds; the element is out of the document by then. */
  dispose(): void;
}
