const [SOI, EOI, SOS, APP0, APP14] = [0xd8, 0xd9, 0xda, 0xe0, 0xee];

/**
 * Makes a JPEG file of a strip or tile of a TIFF and the tables that all of them share. What its components are, the TIFF
 * says, so the markers with which a JPEG says so are replaced.
 *
 * @param transform 1: YCbCr, 0: RGB; undefined: grey or ink, which needs no marker
 */
export function composeJpeg(tables: readonly number[], segment: Uint8Array, transform: 0 | 1 | undefined): Uint8Array {
  const adobe =
    transform === undefined ? [] : [0xff, APP14, 0, 14, ...[...'Adobe'].map((c) => c.charCodeAt(0)), 0, 100, 0, 0, 0, 0, transform];
  const parts = [Uint8Array.of(0xff, SOI, ...adobe), ...withoutOwnColours(Uint8Array.from(tables)), ...withoutOwnColours(segment)];
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The markers from SOI to the first scan, which comes whole with what follows, less those that speak of colours. */
function withoutOwnColours(jpeg: Uint8Array): Uint8Array[] {
  const kept: Uint8Array[] = [];
  for (let at = 0; at + 4 <= jpeg.length && jpeg[at] === 0xff; ) {
    const marker = jpeg[at + 1] as number;
    if (marker === SOI) {
      at += 2;
      continue;
    }
    if (marker === EOI) break;
    if (marker === SOS) {
      kept.push(jpeg.subarray(at));
      break;
    }
    const end = at + 2 + (jpeg[at + 2] as number) * 256 + (jpeg[at + 3] as number);
    if (marker !== APP0 && marker !== APP14) kept.push(jpeg.subarray(at, end));
    at = end;
  }
  return kept;
}
