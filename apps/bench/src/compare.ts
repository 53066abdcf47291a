import { Contestant } from './contestant.ts';
import { median } from './median.ts';
import type { System, Workload } from './protocol.ts';

export interface Measured {
  readonly system: System;
  readonly about: string;
  /** Why there is no figure. */
  readonly absent?: string;
  readonly medianMs?: number;
  readonly bestMs?: number;
  /** How many times as long as resnet.js it took: the median over rounds of the two medians' ratio within a round. */
  readonly ratio?: number;
}

export interface Comparison {
  readonly workload: Workload;
  readonly measured: readonly Measured[];
}

export interface CompareOptions {
  readonly rounds: number;
  /** Runs of each system in a round. */
  readonly runs: number;
  readonly node: string;
}

/**
 * Measures systems on one workload, interleaved: every round each of them runs in turn while the others wait, so that
 * what the machine does in between strikes all alike. The ratios are the result; the times belong to this machine.
 */
export async function compare(systems: readonly System[], workload: Workload, { rounds, runs, node }: CompareOptions): Promise<Comparison> {
  const contestants: Contestant[] = [];
  try {
    for (const system of systems) contestants.push(await Contestant.start(system, workload, node));
    const present = contestants.filter(({ absent }) => absent === undefined);
    const times = new Map<Contestant, number[][]>(present.map((contestant) => [contestant, []]));
    for (let round = 0; round < rounds; round++)
      for (const contestant of present) times.get(contestant)?.push([...(await contestant.time(runs))]);
    const own = times.get(present.find(({ system }) => system === 'resnet.js') as Contestant);
    return {
      workload,
      measured: contestants.map((contestant) => {
        const { system, about, absent } = contestant;
        const all = times.get(contestant);
        if (!all) return { system, about, ...(absent !== undefined && { absent }) };
        const ratios = own && all.map((values, i) => median(values) / median(own[i] as number[]));
        const figures = { medianMs: median(all.flat()), bestMs: Math.min(...all.flat()) };
        return { system, about, ...figures, ...(ratios && { ratio: median(ratios) }) };
      }),
    };
  } finally {
    for (const contestant of contestants) contestant.stop();
  }
}
