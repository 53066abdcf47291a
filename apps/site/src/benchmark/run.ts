/** What the page asks of a system that is measured: to time one run. */
export type Request = 'run';

/** What it hears: that it has warmed up, how long a run took, or why nothing runs. */
export type Answer = { readonly ready: string } | { readonly milliseconds: number } | { readonly failed: string };

/** A system that has started. */
export interface Started {
  /** What it is, in words. */
  readonly about: string;
  /** Classifies the photo once. */
  readonly run: () => Promise<unknown>;
}

/** Answers the page's requests, in this Worker. */
export async function serve(start: () => Promise<Started>): Promise<void> {
  const tell = (answer: Answer) => self.postMessage(answer);
  try {
    const { about, run } = await start();
    for (let i = 0; i < 3; i++) await run(); // the second pass of a shape is recorded, the third is what stays
    self.addEventListener('message', async () => {
      const before = performance.now();
      await run();
      tell({ milliseconds: performance.now() - before });
    });
    tell({ ready: about });
  } catch (error) {
    tell({ failed: (error as Error).message });
  }
}
