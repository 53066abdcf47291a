/**
 * Names that systems and programs leave behind in folders of photos, in lower case. Those that begin with a dot (`.DS_Store`,
 * `.ipynb_checkpoints`, the `._photo.jpg` of a zip from a Mac) need no list.
 */
const LEFT_BEHIND: ReadonlySet<string> = new Set([
  '__macosx', // zips made on a Mac
  'icon\r',
  'thumbs.db', // Windows
  'ehthumbs.db',
  'desktop.ini',
  '$recycle.bin',
  'system volume information',
  '@eadir', // Synology's thumbnails
  '#recycle',
  'lost+found', // the root of an ext file system
]);

/** Whether a file or folder of this name is hidden, or was left behind by a system: never a class, never a photo. */
export const isByProduct = (name: string): boolean => name.startsWith('.') || LEFT_BEHIND.has(name.toLowerCase());
