import { type ConvGeometry, convGeometry } from '../ops/conv-geometry.ts';
import { expectWhole } from '../ops/expect.ts';
import { type Conv, imageOf, type Pool, type Value } from './plan.ts';

/** Where a convolution's windows are. */
export const convolutionOf = (step: Conv, input: Value, images: number): ConvGeometry =>
  convGeometry([images, ...imageOf(input)], step.filterShape, step);

/** Where a pool's windows are, which is no matter of channels: it says that there is one. */
export function windowsOf(step: Pool, input: Value, images: number): ConvGeometry {
  const [height, width] = imageOf(input);
  expectWhole({ window: step.window }, 2, 1);
  const [windowHeight, windowWidth] = step.window;
  return convGeometry([images, height, width, 1], [windowHeight, windowWidth, 1, 1], {
    strides: step.strides,
    pad: step.pad,
    dilations: [1, 1],
    groups: 1,
  });
}
