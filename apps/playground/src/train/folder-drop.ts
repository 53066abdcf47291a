/** What was dropped: files, each with its path if it lay in a folder. */
export interface Dropped {
  readonly files: readonly File[];
  /** Whether there were folders. */
  readonly folders: boolean;
  /** Where it was dropped. */
  readonly at: Element | null;
}

/**
 * Takes files and whole folders that are dropped anywhere on the page.
 *
 * @param signal ends it.
 */
export function onFolders(take: (dropped: Dropped) => void, failed: (why: string) => void, signal: AbortSignal): void {
  document.addEventListener('dragover', (event) => event.preventDefault(), { signal });
  document.addEventListener(
    'drop',
    (event) => {
      event.preventDefault();
      const at = event.target instanceof Element ? event.target : null;
      // Entries must be asked for at once: the event's data is gone after it.
      const items = [...(event.dataTransfer?.items ?? [])].filter(({ kind }) => kind === 'file');
      const roots = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
      const folders = roots.some(({ entry }) => entry?.isDirectory);
      const read = roots.map(({ entry, file }) => (entry?.isDirectory ? filesIn(entry) : Promise.resolve(file ? [file] : [])));
      Promise.all(read).then(
        (files) => take({ files: files.flat(), folders, at }),
        (error: unknown) => failed(`The folder cannot be read: ${(error as Error).message}`),
      );
    },
    { signal },
  );
}

async function filesIn(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    // As `<input webkitdirectory>` has it; of files that are dropped it is empty.
    Object.defineProperty(file, 'webkitRelativePath', { value: entry.fullPath.slice(1) });
    return [file];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: File[] = [];
  for (;;) {
    // A hundred entries at a time, until there are none.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return found;
    for (const child of entries) found.push(...(await filesIn(child)));
  }
}
