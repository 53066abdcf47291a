/** An AssemblyScript module of generated tiles. It imports what they are made of from `simd`, beside it. */
export const tilesModule = (tiles: readonly string[]): string =>
  indented(['// Made by build-kernels. Not in git.', "import { clamp, loadLanes, madd, storeLanes } from './simd';", ...tiles].join('\n'));

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
