import { filterTile } from './tiles.generated';

/** Columns, or lines, of the input under so many results: in 64 bits, for dilation may be any number. */
function reach(results: i64, stride: i64, kernel: i64, dilation: i64): i64 {
  return (results - 1) * stride + (kernel - 1) * dilation + 1;
}

/** Bytes of scratch that {@link filterGradient} takes a thread: a block's lines, its gradients, its input. In float64, for what asks for too much must be
 * refused, not wrapped. */
export function filterGradientScratchBytes(
  outWidth: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  groupIn: i32,
  linesPerBlock: i32,
  imagesPerBlock: i32,
): f64 {
  const lines = <f64>(linesPerBlock * imagesPerBlock);
  const across = <f64>reach(outWidth, strideWidth, kernelWidth, dilationWidth);
  const down = <f64>reach(linesPerBlock, strideHeight, kernelHeight, dilationHeight);
  const inPanels = (groupIn + 3) >> 2;
  return lines * 4 + lines * <f64>outWidth * 32 + <f64>(inPanels * imagesPerBlock) * down * across * 16 + 64;
}

/**
 * One chunk of the gradient of a filter: `dw[tap][c][o]`, the sum over all result pixels of `x` at the tap times `dy`.
 *
 * Pixels are taken in blocks that fit in the second-level cache: `linesPerBlock` result lines of one image, or
 * `imagesPerBlock` whole images. A block's `x` is copied into `[c/4][line][column][4]` with its padding and its `dy` into
 * `[o/8][pixel][8]`, zeros beyond the last channel, so that every product reads consecutive memory whatever the stride,
 * grouping or channel count. Sums stay in registers over a block, then go to `sums`, `[split][o/8][tap][c/4][4][8]`.
 *
 * @param chunk `split * panelChunks + panelChunk`; splits sum different blocks, and how many there are depends on the
 *   shapes alone, so that results are the same on any number of threads
 * @param scratch `scratchBytes` a thread for the block: see {@link filterGradientScratchBytes}
 */
export function filterGradient(
  chunk: i32,
  thread: i32,
  x: usize,
  dy: usize,
  sums: usize,
  images: i32,
  height: i32,
  width: i32,
  inC: i32,
  outHeight: i32,
  outWidth: i32,
  outC: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
  groups: i32,
  linesPerBlock: i32,
  imagesPerBlock: i32,
  blocksPerSplit: i32,
  panelChunks: i32,
  panelsPerChunk: i32,
  scratch: usize,
  scratchBytes: i32,
): void {
  const groupIn = inC / groups;
  const groupOut = outC / groups;
  const inPanels = (groupIn + 3) >> 2;
  const outPanels = (groupOut + 7) >> 3;
  const taps = kernelHeight * kernelWidth;
  const split = chunk / panelChunks;
  const firstPanel = (chunk - split * panelChunks) * panelsPerChunk;
  const lastPanel = min(firstPanel + panelsPerChunk, groups * outPanels);
  const panelBytes = <usize>(taps * inPanels * 128);
  const target = sums + <usize>(split * groups * outPanels) * panelBytes;
  memory.fill(target + <usize>firstPanel * panelBytes, 0, <usize>(lastPanel - firstPanel) * panelBytes);

  const blocksPerImage = (outHeight + linesPerBlock - 1) / linesPerBlock;
  const blocks = imagesPerBlock > 1 ? (images + imagesPerBlock - 1) / imagesPerBlock : images * blocksPerImage;
  const across = <i32>reach(outWidth, strideWidth, kernelWidth, dilationWidth);
  const down = <i32>reach(linesPerBlock, strideHeight, kernelHeight, dilationHeight);
  const lineBytes = <usize>(across << 4);

  const lines = scratch + <usize>thread * <usize>scratchBytes;
  const packedDy = lines + <usize>((linesPerBlock * imagesPerBlock) << 2);
  const packedX = packedDy + <usize>((linesPerBlock * imagesPerBlock * outWidth) << 5);
  const xPanelBytes = <usize>(imagesPerBlock * down) * lineBytes;

  const endBlock = min((split + 1) * blocksPerSplit, blocks);
  for (let block = split * blocksPerSplit; block < endBlock; block++) {
    const firstImage = imagesPerBlock > 1 ? block * imagesPerBlock : block / blocksPerImage;
    const imageCount = min(imagesPerBlock, images - firstImage);
    const firstLine = imagesPerBlock > 1 ? 0 : (block - firstImage * blocksPerImage) * linesPerBlock;
    const lineCount = min(linesPerBlock, outHeight - firstLine);
    for (let n = 0; n < imageCount; n++)
      for (let i = 0; i < lineCount; i++)
        store<u32>(lines + <usize>((n * lineCount + i) << 2), <u32>(<usize>(n * down + i * strideHeight) * lineBytes));

    let packedGroup = -1;
    for (let p = firstPanel; p < lastPanel; p++) {
      const group = p / outPanels;
      const firstOut = (p - group * outPanels) << 3;
      if (group !== packedGroup) {
        packedGroup = group;
        const row = firstLine * strideHeight - top;
        for (let c = 0; c < inPanels; c++)
          for (let n = 0; n < imageCount; n++)
            packX(
              packedX + <usize>c * xPanelBytes + <usize>(n * down) * lineBytes,
              x + ((<usize>((firstImage + n) * height * width * inC + group * groupIn + (c << 2))) << 2),
              (lineCount - 1) * strideHeight + (kernelHeight - 1) * dilationHeight + 1,
              across,
              row,
              -left,
              height,
              width,
              inC,
              min(4, groupIn - (c << 2)),
            );
      }
      for (let n = 0; n < imageCount; n++)
        packDy(
          packedDy + <usize>((n * lineCount * outWidth) << 5),
          dy + ((<usize>(((firstImage + n) * outHeight + firstLine) * outWidth * outC + group * groupOut + firstOut)) << 2),
          lineCount * outWidth,
          outC,
          min(8, groupOut - firstOut),
        );
      let to = target + <usize>p * panelBytes;
      for (let ky = 0; ky < kernelHeight; ky++)
        for (let kx = 0; kx < kernelWidth; kx++) {
          const tap = <usize>(ky * dilationHeight) * lineBytes + <usize>((kx * dilationWidth) << 4);
          for (let c = 0; c < inPanels; c++, to += 128)
            filterTile(
              packedX + <usize>c * xPanelBytes + tap,
              packedDy,
              lines,
              lines + <usize>((imageCount * lineCount) << 2),
              <usize>(outWidth << 5),
              <usize>(strideWidth << 4),
              to,
            );
        }
    }
  }
}

/** Copies up to four channels of a part of an image, zeros outside it. */
function packX(
  to: usize,
  image: usize,
  down: i32,
  across: i32,
  row: i32,
  column: i32,
  height: i32,
  width: i32,
  inC: i32,
  channels: i32,
): void {
  const step = <usize>(inC << 2);
  const begin = max(0, min(across, -column));
  const end = max(begin, min(across, width - column));
  for (let i = row; i < row + down; i++, to += <usize>(across << 4)) {
    if (i < 0 || i >= height) {
      memory.fill(to, 0, <usize>(across << 4));
      continue;
    }
    memory.fill(to, 0, <usize>(begin << 4));
    let from = image + <usize>(i * width + column + begin) * step;
    const stop = to + <usize>(end << 4);
    let at = to + <usize>(begin << 4);
    if (channels === 4) for (; at < stop; at += 16, from += step) v128.store(at, v128.load(from));
    else
      for (; at < stop; at += 16, from += step) {
        v128.store(at, f32x4.splat(0));
        for (let c = 0; c < channels; c++) f32.store(at + <usize>(c << 2), f32.load(from + <usize>(c << 2)));
      }
    memory.fill(stop, 0, <usize>((across - end) << 4));
  }
}

/** Copies up to eight channels of `pixels` pixels, zeros beyond. */
function packDy(to: usize, from: usize, pixels: i32, outC: i32, channels: i32): void {
  const step = <usize>(outC << 2);
  for (const stop = to + <usize>(pixels << 5); to < stop; to += 32, from += step) {
    if (channels === 8) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      continue;
    }
    v128.store(to, f32x4.splat(0));
    v128.store(to, f32x4.splat(0), 16);
    for (let c = 0; c < channels; c++) f32.store(to + <usize>(c << 2), f32.load(from + <usize>(c << 2)));
  }
}
