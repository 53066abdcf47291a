/** A page while it is shown. */
export interface PageView {
  /** Holds an `h2`, which says what the page is and gets the focus when it is opened. */
  readonly element: HTMLElement;
  /** Stops what the page runs and frees what it holds; the element is out of the document by then. */
  dispose(): void;
}
