/** An image `[H,W,C]` under a Gaussian of this standard deviation, in pixels; its edge goes on beyond it. */
export function blurred(
  image: Float32Array,
  {
    width,
    height,
    channels,
    radius,
  }: { readonly width: number; readonly height: number; readonly channels: number; readonly radius: number },
): Float32Array {
  if (radius <= 0) return image.slice();
  const reach = Math.ceil(3 * radius);
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / radius) ** 2));
  const sum = weights.reduce((a, b) => a + b, 0);
  const along = (from: Float32Array, length: number, step: number): Float32Array => {
    const to = new Float32Array(from.length);
    for (let i = 0; i < from.length; i++) {
      const at = Math.floor(i / step) % length;
      let value = 0;
      for (let k = -reach; k <= reach; k++) {
        const other = Math.min(Math.max(at + k, 0), length - 1);
        value += (weights[k + reach] as number) * (from[i + (other - at) * step] as number);
      }
      to[i] = value / sum;
    }
    return to;
  };
  return along(along(image, width, channels), height, width * channels);
}
