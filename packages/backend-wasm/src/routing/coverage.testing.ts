import * as tf from '@tensorflow/tfjs-core';
import { PARTIAL } from '../corrections/handing-on.ts';
import { CORRECTIONS } from '../corrections/index.ts';
import { KERNELS } from '../ops/index.ts';
import { NOT_FOR_FLOATS_ALONE, ROUTES } from './routes.ts';

/** Who computes a kernel: this package, tfjs-backend-wasm, or tfjs' cpu kernel on the same memory; `refused` is an error that names it. */
type By = 'ours' | 'ours, else cpu' | 'ours, else tfjs’' | 'tfjs’' | 'tfjs’, else cpu' | 'cpu' | 'refused' | 'as floats';

/** Whether kernels come from tfjs-backend-wasm too, known before {@link useWasm} has changed anything. */
export type StockKernels = ReadonlySet<string>;

/** Gradients, which are never taken of integers. */
const OF_FLOATS = /Grad$|Backprop/;

function floatsBy(name: string, stock: StockKernels): By {
  if (name in CORRECTIONS) return 'ours';
  const route = ROUTES[name];
  const below: By = !stock.has(name) || (route && !route.takes) ? 'cpu' : route ? 'tfjs’, else cpu' : 'tfjs’';
  if (!(name in KERNELS)) return below;
  return below === 'tfjs’' && name in PARTIAL
    ? 'ours, else tfjs’'
    : name in PARTIAL || (below === 'cpu' && stock.has(name) && name.includes('Conv'))
      ? 'ours, else cpu'
      : 'ours';
}

function integersBy(name: string, stock: StockKernels): By {
  if (OF_FLOATS.test(name)) return 'as floats';
  if (name === 'Identity') return 'ours';
  if (name in KERNELS && !(name in PARTIAL)) return 'refused';
  if (!stock.has(name) || name in CORRECTIONS) return 'cpu';
  const more = NOT_FOR_FLOATS_ALONE[name];
  if (!more) return 'cpu';
  return more.takes || ROUTES[name] ? 'tfjs’, else cpu' : 'tfjs’';
}

/** The part of the README that says who computes what. */
export function coverageTable(stock: StockKernels): string {
  const names = [...new Set([...stock, ...tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName)])].sort();
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const key = `${floatsBy(name, stock)} | ${integersBy(name, stock)}`;
    groups.set(key, [...(groups.get(key) ?? []), `\`${name}\``]);
  }
  const rows = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, kernels]) => `| ${key} | ${kernels.join(', ')} |`);
  const reasons = new Map<string, string[]>();
  for (const [name, { because }] of Object.entries(ROUTES)) reasons.set(because, [...(reasons.get(because) ?? []), `\`${name}\``]);
  return [
    '| float32 | integers, booleans | kernels |',
    '| --- | --- | --- |',
    ...rows,
    '',
    'What is wrong with those of tfjs-backend-wasm that do not run, or not always:',
    '',
    '| | kernels |',
    '| --- | --- |',
    ...[...reasons].map(([because, kernels]) => `| ${because} | ${kernels.join(', ')} |`),
  ].join('\n');
}

/** What tfjs-backend-wasm has by itself; to be asked before it is changed. */
export async function stockKernels(): Promise<StockKernels> {
  await import('@tensorflow/tfjs-backend-wasm');
  await import('@tensorflow/tfjs-backend-cpu');
  return new Set(tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName));
}

const BEGIN = '<!-- made by scripts/kernel-table.mjs: who computes what -->';
const END = '<!-- end -->';

/** A README with the table in it made anew. */
export function withTable(readme: string, table: string): string {
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`The README has no place for the table, between ${BEGIN} and ${END}.`);
  return `${readme.slice(0, from)}${BEGIN}\n\n${table}\n\n${readme.slice(to)}`;
}
