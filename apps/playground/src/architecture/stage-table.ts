import { element } from '../element.ts';
import type { Architecture, Costs } from './architecture.ts';
import { bytes, exact, shape, short } from './quantities.ts';

/** Every stage's shape and costs, and their sum. */
export const stageTable = ({ name, stages, ...total }: Architecture): HTMLElement =>
  element(
    'div',
    { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': `Costs of ${name} by stage` },
    element(
      'table',
      {},
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          ...['Stage', 'Output', 'Parameters', 'MACs', 'Activations'].map((title) => element('th', { scope: 'col' }, title)),
        ),
      ),
      element('tbody', {}, ...stages.map((stage) => row(stage.name, shape(stage.outputShape), stage))),
      element('tfoot', {}, row('Total', '', total)),
    ),
  );

const row = (title: string, output: string, { params, macs, activationBytes }: Costs): HTMLElement =>
  element(
    'tr',
    { 'data-params': params, 'data-macs': macs, 'data-activation-bytes': activationBytes },
    element('th', { scope: 'row' }, title),
    element('td', {}, output),
    element('td', {}, exact(params)),
    element('td', {}, short(macs)),
    element('td', {}, bytes(activationBytes)),
  );
