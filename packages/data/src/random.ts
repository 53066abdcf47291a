/** A stream of random numbers that repeats for the same seeds. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  int(below: number): number;
  /** In [low, high). */
  uniform(low: number, high: number): number;
  /** From the standard normal distribution. */
  normal(): number;
}

/**
 * Starts a stream. Streams of different seeds are independent, so that sample 7 of epoch 2 has the same one whichever
 * worker prepares it: `createRandom(seed, epoch, index)`.
 *
 * @see sfc32 of PractRand, http://pracrand.sourceforge.net
 */
export function createRandom(...seeds: readonly number[]): Random {
  let hash = 0x9e3779b9;
  for (const seed of seeds) {
    // The high half matters for seeds such as Date.now().
    hash = mix(hash ^ mix(seed | 0) ^ mix(Math.floor(seed / 2 ** 32) + 0x51ed270b));
  }
  let a = hash;
  let b = mix(a + 0x9e3779b9);
  let c = mix(b + 0x9e3779b9);
  let counter = 1;
  const uint32 = () => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) uint32();

  const next = () => uint32() / 2 ** 32;
  return {
    next,
    int: (below) => Math.floor(next() * below),
    uniform: (low, high) => low + (high - low) * next(),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}

/** A random order of 0 … length - 1 (Fisher-Yates). */
export function permutation(length: number, random: Random): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}

/** MurmurHash3's finalizer: spreads a number over 32 bits. */
export function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
