import type { Series } from '../charts/line-chart.ts';
import type { NetKind } from './nets.ts';

/** How each kind of net is called, explained and drawn. */
export const NET_KINDS: Readonly<Record<NetKind, Series & { readonly about: string }>> = {
  plain: { label: 'Plain', colour: '--series-orange', about: 'each layer feeds only the next' },
  residual: { label: 'Residual', colour: '--series-green', about: 'every two layers add to what came in: F(x) + x' },
  highway: { label: 'Highway', colour: '--series-blue', dash: [10, 5], about: 'a learned gate mixes F(x) and x, without norms' },
  dense: { label: 'Dense', colour: '--series-purple', dash: [3, 4], about: 'each layer sees the results of all before it' },
};
