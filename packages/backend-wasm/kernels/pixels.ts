/** Copies every `strideHeight`-th line's every `strideWidth`-th pixel from (top, left) on. One chunk is one image. */
export function takePixels(
  chunk: i32,
  _thread: i32,
  x: usize,
  y: usize,
  height: i32,
  width: i32,
  pixelBytes: i32,
  outHeight: i32,
  outWidth: i32,
  top: i32,
  left: i32,
  strideHeight: i32,
  strideWidth: i32,
): void {
  const bytes = <usize>pixelBytes;
  let to = y + <usize>(chunk * outHeight * outWidth) * bytes;
  for (let i = 0; i < outHeight; i++) {
    let from = x + <usize>((chunk * height + top + i * strideHeight) * width + left) * bytes;
    const step = <usize>strideWidth * bytes;
    for (let j = 0; j < outWidth; j++, from += step, to += bytes)
      if ((pixelBytes & 15) === 0) for (let c: usize = 0; c < bytes; c += 16) v128.store(to + c, v128.load(from + c));
      else memory.copy(to, from, bytes);
  }
}

/** Writes an image's one pixel to all of its pixels: `[N,1,1,C]` to `[N,P,C]`. One chunk is one image. */
export function repeatPixel(chunk: i32, _thread: i32, x: usize, y: usize, pixels: i32, pixelBytes: i32): void {
  const bytes = <usize>pixelBytes;
  const from = x + <usize>chunk * bytes;
  const begin = y + <usize>(chunk * pixels) * bytes;
  const end = begin + <usize>pixels * bytes;
  for (let to = begin; to < end; to += bytes)
    if ((pixelBytes & 15) === 0) for (let c: usize = 0; c < bytes; c += 16) v128.store(to + c, v128.load(from + c));
    else memory.copy(to, from, bytes);
}
