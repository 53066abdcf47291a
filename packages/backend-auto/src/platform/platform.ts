import type { Candidate } from '../backend-name.ts';

/** What a platform's CPU and packages are, as far as it tells. */
export interface Facts {
  /** `Node 24.1.0`, or the browser's own words for itself. */
  readonly runtime: string;
  readonly system: string;
  readonly cpu?: string;
  /** Of those that matter to speed: `avx2`, `fma`, `avx512f`. Linux tells them. */
  readonly cpuFeatures?: readonly string[];
  readonly cores: number;
  readonly memoryBytes?: number;
  /** Versions of installed packages that have to do with backends; pages do not tell. */
  readonly versions: Readonly<Record<string, string>>;
}

/** What differs between Node and pages. */
export interface Platform {
  /** What can be tried, the best first. */
  readonly candidates: readonly Candidate[];
  facts(): Facts;
}
