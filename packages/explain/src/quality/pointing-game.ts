import type { Region } from '../explainable.ts';

/**
 * Whether a map's largest value lies on what it should point at.
 *
 * @param region where that is, on the map's pixels: a box, or for each pixel whether it is part of it
 * @param tolerance pixels by which it may miss. Default 0; the paper's is 15.
 * @see Zhang et al. 2016, section 4.1, https://arxiv.org/abs/1608.00507
 */
export function pointsAt(
  { map, width, height }: { readonly map: Float32Array; readonly width: number; readonly height: number },
  region: Region | ArrayLike<number | boolean>,
  { tolerance = 0 }: { readonly tolerance?: number } = {},
): boolean {
  let best = 0;
  for (let i = 1; i < map.length; i++) if ((map[i] as number) > (map[best] as number)) best = i;
  const [x, y] = [best % width, Math.floor(best / width)];
  if ('left' in region) {
    const dx = Math.max(region.left - x, 0, x + 1 - (region.left + region.width));
    const dy = Math.max(region.top - y, 0, y + 1 - (region.top + region.height));
    return Math.hypot(dx, dy) <= tolerance;
  }
  const reach = Math.ceil(tolerance);
  for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++)
    for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++)
      if (region[v * width + u] && Math.hypot(u - x, v - y) <= tolerance) return true;
  return false;
}
