import { element } from '../element.ts';
import { message } from '../message.ts';
import type { PageView } from '../page-view.ts';
import { workerClient } from '../worker-client.ts';
import '../styles/architecture.css';
import type { Architecture } from './architecture.ts';
import type { ArchitectureWorker } from './architecture.worker.ts';
import { blockDetails } from './block-details.ts';
import style from './drawing.css?inline';
import { drawing } from './drawing.ts';
import { modelList } from './model-list.ts';
import { exact, short } from './quantities.ts';
import { saveText, standaloneSvg } from './save-drawing.ts';
import { stageTable } from './stage-table.ts';
import { walkBlocks } from './walk-blocks.ts';

const FIRST = 'resnet18';

/** Any network of the zoo, drawn with its shortcuts, and what each of its stages costs. */
export function architecturePage(): PageView {
  const client = workerClient<ArchitectureWorker>(new Worker(new URL('./architecture.worker.ts', import.meta.url), { type: 'module' }));
  const said = message();
  const details = blockDetails();
  const facts = element('p', { className: 'facts' });
  const drawn = element('div', { className: 'drawn' });
  const costs = element('div', { className: 'costs' });
  const save = element('button', { type: 'button', disabled: true }, 'Save as SVG');
  let latest = 0; // the network chosen last is shown, however long one before it takes
  let saveShown = () => {};
  save.addEventListener('click', () => saveShown());

  const show = (architecture: Architecture) => {
    const { svg, blocks } = drawing(architecture, style);
    walkBlocks(blocks, details.show);
    details.clear();
    facts.replaceChildren(...factsOf(architecture));
    drawn.replaceChildren(svg);
    costs.replaceChildren(stageTable(architecture));
    saveShown = () => saveText(standaloneSvg(svg), { name: `${architecture.name}.svg`, type: 'image/svg+xml' });
    save.disabled = false;
    said.done(`${architecture.name} is drawn: ${architecture.stages.length} stages, ${blocks.length} boxes.`);
  };
  const open = async (name: string) => {
    const mine = ++latest;
    said.busy(`Drawing ${name} …`);
    try {
      const architecture = await client.call<Architecture>((worker) => worker.describeArchitecture(name));
      if (mine === latest) show(architecture);
    } catch (error) {
      if (mine === latest) said.failed(`${name} could not be drawn. ${(error as Error).message}`);
    }
  };
  const models = modelList(open);
  client
    .call<string[]>((worker) => worker.listModels())
    .then(
      (names) => models.show(names, FIRST),
      () => {}, // said by what is opened at the same time
    );
  const loaded = open(FIRST);

  return {
    element: element(
      'section',
      { className: 'architecture', 'aria-labelledby': 'architecture-title' },
      element('h2', { id: 'architecture-title' }, 'Architecture'),
      element(
        'div',
        { className: 'layout' },
        element('div', { className: 'choice' }, models.root, element('div', {}, facts, save), said.root),
        drawn,
        details.root,
      ),
      element('h3', {}, 'By stage'),
      costs,
    ),
    loaded,
    dispose() {
      latest++;
      client.dispose();
    },
  };
}

function factsOf({ name, params, macs, inputShape, paper }: Architecture): (Node | string)[] {
  const [, height, width] = inputShape;
  return [
    element('strong', {}, name),
    `: ${exact(params)} parameters, ${short(macs)} multiply-accumulates for an image of ${height}×${width}. `,
    element('a', { href: paper, rel: 'noreferrer' }, 'Its paper'),
  ];
}
