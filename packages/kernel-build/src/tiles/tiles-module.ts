/** What tiles of floats are made of. */
const SIMD = "import { clamp, loadLanes, madd, storeLanes } from './simd';";

/** An AssemblyScript module of generated tiles, and the import of what they are made of from beside it. */
export const tilesModule = (tiles: readonly string[], imports: string = SIMD): string =>
  indented(['// Made by build-kernels. Not in git.', imports, ...tiles].join('\n'));

/** For readers of what was generated: lines indented by the braces around them, without empty ones. */
function indented(source: string): string {
  let depth = 0;
  const lines = source.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      if (line.startsWith('}')) depth--;
      const at = '  '.repeat(depth);
      if (line.endsWith('{')) depth++;
      return `${at}${line}\n`;
    })
    .join('');
}
