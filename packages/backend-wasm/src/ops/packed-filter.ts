import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Runtime } from '../runtime.ts';
import { panelWidth } from './multiply.ts';

export interface Packing {
  readonly groups: number;
  /** Filter positions `ky * kw + kx` in the order in which rows hold them. */
  readonly taps: readonly number[];
  /** Whether input and output channels swap roles, as in the gradient of the input. */
  readonly transpose: boolean;
}

/** The address of a filter's column panels (`kernels/pack.ts`), kept while it infers until its values change. */
export function packedFilter(runtime: Runtime, filter: TensorInfo, { groups, taps, transpose }: Packing): number {
  const [, , inC = 0, outC = 0] = filter.shape;
  const columns = transpose ? inC : outC / groups;
  const depth = transpose ? outC / groups : inC;
  const width = panelWidth(columns);
  const panels = groups * Math.ceil(columns / width);
  const from = runtime.address(filter);
  const bytes = panels * taps.length * depth * width * 4;
  return runtime.packed(filter, `panels ${groups} ${taps.join()}`, bytes, transpose, (to) => {
    runtime.run('packFilter', panels, {
      ...{ filter: from, packed: to, taps: runtime.heap.table('taps', taps), tapCount: taps.length },
      ...{ inC, outC, groups, width, transpose: transpose ? 1 : 0 },
    });
  });
}
