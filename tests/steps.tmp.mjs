import { loadNetwork } from 'resnetjs';
const t0 = performance.now();
const network = await loadNetwork('resnet50', { backend: 'wasm' });
const t1 = performance.now();
const times = [];
for (let i = 0; i < 6; i++) { const t = performance.now(); await network.classify('/work/wt/door/packages/testing/photos/chelsea.png'); times.push((performance.now() - t).toFixed()); }
console.log({ imports: t0.toFixed(), load: (t1-t0).toFixed(), classify: times.join(' ') , rss: process.resourceUsage().maxRSS/1024});
