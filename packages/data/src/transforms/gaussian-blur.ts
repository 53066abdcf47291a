import { ImageError } from '../image-error.ts';
import { assertRgbImage, type RgbImage } from '../rgb-image.ts';

/**
 * Blurs with a Gaussian of `kernelSize` pixels (odd), edges mirrored: torchvision's `gaussian_blur`, to within 1 level
 * (its sums are float32, in an order of their own).
 *
 * @throws ImageError if `kernelSize` is even or too large to mirror, or `sigma` is not positive.
 */
export function gaussianBlur(image: RgbImage, kernelSize: number, sigma: number = kernelSize * 0.15 + 0.35): RgbImage {
  assertRgbImage(image, 'gaussianBlur');
  const half = (kernelSize - 1) / 2;
  if (!Number.isInteger(half) || half < 0 || !(sigma > 0) || half >= Math.min(image.width, image.height)) {
    throw new ImageError(
      `gaussianBlur: expected an odd kernel size below twice the ${image.width}x${image.height} image's shorter side and a positive sigma, but received ${kernelSize} and ${sigma}.`,
    );
  }
  const kernel = Float64Array.from({ length: kernelSize }, (_, i) => Math.exp(-0.5 * ((i - half) / sigma) ** 2));
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  const { width, height, data } = image;
  const between = new Float64Array(data.length);
  blurLines(data, between, { kernel, size: width, step: 3, lines: height, lineStep: width * 3, lanes: 3 });
  const blurred = new Float64Array(data.length);
  blurLines(between, blurred, { kernel, size: height, step: width * 3, lines: 1, lineStep: 0, lanes: width * 3 });
  const out = new Uint8ClampedArray(data.length);
  for (let i = 0; i < out.length; i++) out[i] = (blurred[i] as number) / (sum * sum); // rounds, halves to even, as torch does
  return { width, height, data: new Uint8Array(out.buffer) };
}

interface Lines {
  readonly kernel: Float64Array;
  /** Positions on a line, and how far apart they are. */
  readonly size: number;
  readonly step: number;
  readonly lines: number;
  readonly lineStep: number;
  /** Neighbouring values that are blurred alike. */
  readonly lanes: number;
}

function blurLines(from: ArrayLike<number>, to: Float64Array, { kernel, size, step, lines, lineStep, lanes }: Lines): void {
  const half = (kernel.length - 1) / 2;
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < size; i++) {
      const out = line * lineStep + i * step;
      for (let k = -half; k <= half; k++) {
        const mirrored = i + k < 0 ? -(i + k) : i + k >= size ? 2 * (size - 1) - (i + k) : i + k;
        const weight = kernel[k + half] as number;
        const source = line * lineStep + mirrored * step;
        for (let lane = 0; lane < lanes; lane++) to[out + lane] = (to[out + lane] as number) + weight * (from[source + lane] as number);
      }
    }
  }
}
