import { useWasm } from '@resnetjs/backend-wasm';
import { optimizeForInference } from '@resnetjs/core';
import { createModel } from '@resnetjs/zoo';
import { quantize } from '@resnetjs/quantize';
import * as tf from '@tensorflow/tfjs-core';
const [names = 'resnet50', threads = '1', rounds = '8', only = ''] = process.argv.slice(2);
if (process.env.PROF) globalThis.__prof = {};
const info = await useWasm({ threads: Number(threads) });
const med = (a) => [...a].sort((x, y) => x - y)[a.length >> 1];
for (const name of names.split(',')) {
  const model = createModel(name, { seed: 1 });
  const x = tf.randomNormal([1, 224, 224, 3], 0, 1, 'float32', 1);
  const f = optimizeForInference(model, x.shape);
  const q = await quantize(model, { images: [x] });
  const cpu = process.env.CPU === '1';
  const clock = cpu ? () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; } : () => performance.now();
  const time = (p) => { const s = clock(); const y = p.forward(x, 'eval'); y.dataSync(); y.dispose(); return clock() - s; };
  for (let i = 0; i < 4; i++) { if (!only) time(f); time(q); }
  const F = [], Q = [];
  for (let r = 0; r < Number(rounds); r++) { if (!only) for (let i = 0; i < 2; i++) F.push(time(f)); for (let i = 0; i < 3; i++) Q.push(time(q)); }
  if (only === 'profile') { for (let i = 0; i < 100; i++) time(q); }
  if (globalThis.__prof) { const P = globalThis.__prof; const rows = Object.entries(P).map(([k, v]) => [k, med(v)]).sort((a, b) => b[1] - a[1]); const by = {}; for (const [k, v] of rows) by[k.split(' ')[0]] = (by[k.split(' ')[0]] ?? 0) + v; console.log(by); console.log(rows.slice(0, 45).map(([k, v]) => k + ' ' + v.toFixed(3)).join('\n')); for (const k in P) delete P[k]; }
  const a = f.forward(x, 'eval').dataSync(), b = q.forward(x, 'eval').dataSync();
  let d = 0, n = 0; for (let i = 0; i < a.length; i++) { d += (a[i] - b[i]) ** 2; n += a[i] ** 2; }
  console.log(process.version, name, threads, 'thr: float', only ? '-' : med(F).toFixed(1), 'best', only ? '-' : Math.min(...F).toFixed(1), 'int8', med(Q).toFixed(1), 'best', Math.min(...Q).toFixed(1), 'ratio', only ? '-' : (med(F) / med(Q)).toFixed(2), 'best', only ? '-' : (Math.min(...F) / Math.min(...Q)).toFixed(2), 'SNR', (10 * Math.log10(n / d)).toFixed(1), JSON.stringify(info.memory()));
  f.dispose(); q.dispose();
}
process.exit(0);
