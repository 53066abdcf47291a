import { loadNetwork } from 'resnetjs';
const t0 = performance.now();
const network = await loadNetwork('resnet50');
const t1 = performance.now();
const [best] = await network.classify('/work/wt/door/packages/testing/photos/chelsea.png');
const t2 = performance.now();
console.log(best, { imports: t0.toFixed(), load: (t1-t0).toFixed(), classify: (t2-t1).toFixed() , rss: process.resourceUsage().maxRSS/1024});
