const TABLE = 4096;

/** The LZW of a GIF: codes of 2 to 12 bits, least significant bit first, in blocks of up to 255 bytes. */
export class GifCodes {
  private bits = 0;
  private bitCount = 0;
  private blockEnd: number;
  private readonly bytes: Uint8Array;
  private at: number;

  /** @param at where the size of a code stands */
  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
    this.blockEnd = at + 1;
  }

  /** @throws Error for a code that means nothing, or where the codes end before `count` pixels */
  decode(count: number): Uint8Array {
    const { bytes } = this;
    const rootBits = bytes[this.at++];
    if (rootBits === undefined || rootBits > 11) throw new Error(`codes for ${rootBits} bits`);
    // Each byte gives 8 codes at most, each code 4096 pixels: a short file that claims to be large gets no memory.
    if (count > (bytes.length - this.at) * 8 * TABLE) throw new Error('premature end of the codes');
    const clear = 1 << rootBits;
    const pixels = new Uint8Array(count);
    const prefix = new Uint16Array(TABLE);
    const suffix = new Uint8Array(TABLE);
    const lengths = new Uint16Array(TABLE);
    for (let i = 0; i < clear; i++) {
      suffix[i] = i;
      lengths[i] = 1;
    }
    let next = clear + 2;
    let size = rootBits + 1;
    let last = -1;
    for (let to = 0; to < count; ) {
      const code = this.read(size);
      if (code === clear) {
        next = clear + 2;
        size = rootBits + 1;
        last = -1;
        continue;
      }
      if (code === clear + 1) throw new Error(`the codes end after ${to} of ${count} pixels`);
      if (code > next || (last < 0 && code > clear) || code >= TABLE) throw new Error('a code that means nothing');
      const isNew = code === next;
      const known = isNew ? last : code;
      const length = lengths[known] as number;
      // The string of a code, from its end.
      let first = known;
      for (let i = to + length - 1; i >= to; i--) {
        if (i < count) pixels[i] = suffix[first] as number;
        if (i > to) first = prefix[first] as number;
      }
      const value = suffix[first] as number;
      if (isNew && to + length < count) pixels[to + length] = value;
      to += isNew ? length + 1 : length;
      if (last >= 0 && next < TABLE) {
        prefix[next] = last;
        suffix[next] = value;
        lengths[next] = (lengths[last] as number) + 1;
        if (next === (1 << size) - 1 && size < 12) size++;
        next++;
      }
      last = code;
    }
    return pixels;
  }

  private read(size: number): number {
    const { bytes } = this;
    while (this.bitCount < size) {
      if (this.at >= this.blockEnd) {
        // Between blocks stands the length of the next.
        const length = bytes[this.blockEnd];
        this.at = this.blockEnd + 1;
        this.blockEnd = this.at + (length ?? 0);
        if (!length || this.blockEnd > bytes.length) throw new Error('premature end of the codes');
      }
      this.bits |= (bytes[this.at++] as number) << this.bitCount;
      this.bitCount += 8;
    }
    const code = this.bits & ((1 << size) - 1);
    this.bits >>>= size;
    this.bitCount -= size;
    return code;
  }
}
