/** Numbers that look random and are the same for the same seed. */
export class Random {
  #state: number;

  /** @param seed any text; texts that differ give streams that have nothing to do with each other */
  constructor(seed: string) {
    // FNV-1a, then mulberry32.
    let hash = 2166136261;
    for (let i = 0; i < seed.length; i++) hash = Math.imul(hash ^ seed.charCodeAt(i), 16777619);
    this.#state = hash >>> 0;
    for (let i = 0; i < 8; i++) this.next();
  }

  /** Uniform in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `least` to `most`, both included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(0, from.length - 1)] as T;
  }

  /** `count` of 0 … `below` - 1, none twice, in any order. */
  some(count: number, below: number): number[] {
    const left = Array.from({ length: below }, (_, i) => i);
    return Array.from({ length: Math.min(count, below) }, () => left.splice(this.int(0, left.length - 1), 1)[0] as number);
  }
}
