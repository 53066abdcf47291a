/**
 * Takes files that are dropped or pasted anywhere on the page: a near miss must not open the file in place of the page.
 *
 * @param options `over`: told when files are held over the page, and when they no longer are; `signal`: ends it all.
 */
export function onFiles(
  take: (files: readonly File[]) => void,
  { signal, over = () => {} }: { signal: AbortSignal; over?: (held: boolean) => void },
): void {
  const listen = <K extends keyof DocumentEventMap>(type: K, hear: (event: DocumentEventMap[K]) => void) =>
    document.addEventListener(type, hear, { signal });
  listen('dragover', (event) => {
    event.preventDefault();
    over(true);
  });
  listen('dragleave', (event) => {
    if (!event.relatedTarget) over(false);
  });
  listen('drop', (event) => {
    event.preventDefault();
    over(false);
    take([...(event.dataTransfer?.files ?? [])]);
  });
  listen('paste', (event) => {
    if (event.clipboardData?.files.length) take([...event.clipboardData.files]);
  });
}
