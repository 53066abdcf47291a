import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Runtime } from '../runtime.ts';
import { panelWidth } from './gemm.ts';

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
  const sizeBytes = panels * taps.length * depth * width * 4;
  // Tensors of several shapes can share values.
  const layout = `panels ${filter.shape.join()} ${groups} ${taps.join()}`;
  const unpack = (packed: number, to: number) => unpackFilter(runtime.heap.integers, { packed, to, groups, taps, inC, outC, width });
  return runtime.packed(filter, { layout, sizeBytes, unpack }, transpose, (to) => {
    runtime.run('packFilter', panels, {
      ...{ filter: runtime.address(filter), packed: to, taps: runtime.heap.table('taps', taps), tapCount: taps.length },
      ...{ inC, outC, groups, width, transpose: transpose ? 1 : 0 },
    });
  });
}

type Panels = Pick<Packing, 'groups' | 'taps'> & Readonly<Record<'packed' | 'to' | 'inC' | 'outC' | 'width', number>>;

/** Undoes `kernels/pack.ts` for a filter that is not transposed, on integers: floats could lose a NaN's bits. */
function unpackFilter(words: Int32Array, { packed, to, groups, taps, inC, outC, width }: Panels): void {
  const groupOut = outC / groups;
  let from = packed >>> 2;
  for (let group = 0; group < groups; group++)
    for (let first = 0; first < groupOut; first += width)
      for (const tap of taps)
        for (let k = 0; k < inC; k++, from += width) {
          const at = (to >>> 2) + (tap * inC + k) * outC + group * groupOut + first;
          for (let j = Math.min(width, groupOut - first); j-- > 0; ) words[at + j] = words[from + j] as number;
        }
}
