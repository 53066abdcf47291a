import { proxy } from 'comlink';
import { fetchDigits } from '../digits/digits.ts';
import { element } from '../element.ts';
import { message } from '../message.ts';
import type { PageView } from '../page-view.ts';
import { workerClient } from '../worker-client.ts';
import { blockDiagrams } from './block-diagrams.ts';
import type { ComparisonOptions, ComparisonStep } from './comparison.ts';
import type { ComparisonWorker } from './comparison.worker.ts';
import { type ComparisonCharts, comparisonCharts } from './comparison-charts.ts';
import { comparisonForm } from './comparison-form.ts';
import { explanation, introduction } from './words.ts';
import './why.css';

/** Trains nets with and without shortcuts side by side, and shows how they fare. */
export function whyPage(): PageView {
  const client = workerClient<ComparisonWorker>(new Worker(new URL('./comparison.worker.ts', import.meta.url), { type: 'module' }));
  const said = message();
  const outlet = element('div');
  let charts: ComparisonCharts | undefined;
  let open = true;

  const start = async (options: ComparisonOptions) => {
    charts?.dispose();
    const mine = comparisonCharts(options);
    charts = mine;
    outlet.replaceChildren(mine.root);
    form.show('running');
    said.busy(`Training ${options.nets.length === 1 ? 'a net' : `${options.nets.length} nets`} of ${options.depth} layers …`);
    let last: ComparisonStep | undefined;
    const onStep = async (step: ComparisonStep) => {
      last = step;
      mine.add(step);
    };
    try {
      const whole = await client.call((worker) => worker.run(options, proxy(onStep)));
      if (!open) return;
      said.done(whole ? `Done: ${last?.step ?? 0} steps.` : `Stopped in step ${last?.step ?? 0}.`);
    } catch (error) {
      if (open) said.failed(`The training failed: ${(error as Error).message}`);
    }
    if (open) form.show('ready');
  };
  const form = comparisonForm({
    onStart: start,
    onStop: () => client.call((worker) => worker.stop()),
    onRefused: (why) => said.failed(why),
  });

  const load = async () => {
    said.busy('Loading 2,000 handwritten digits (0.3 MB) …');
    try {
      const sprite = await fetchDigits();
      const { digits, threads } = await client.call((worker) => worker.load(sprite));
      if (!open) return;
      form.show('ready');
      said.done(`Ready: ${digits.toLocaleString('en')} digits, ${threads === 1 ? 'one thread' : `${threads} threads`}.`);
    } catch (error) {
      if (open) said.failed(`${(error as Error).message} Reload the page to try again.`);
    }
  };

  return {
    element: element(
      'section',
      { className: 'why', 'aria-labelledby': 'why-title' },
      element('h2', { id: 'why-title' }, 'Why residual?'),
      introduction(),
      blockDiagrams(),
      form.root,
      said.root,
      outlet,
      explanation(),
    ),
    loaded: load(),
    dispose() {
      open = false;
      client.dispose();
      charts?.dispose();
    },
  };
}
