import { element } from '../element.ts';
import type { StageTimes } from '../network/classifier.ts';

/** How long each stage took, and what it ran on. */
export const stageTimes = ({ decodeMs, prepareMs, networkMs }: StageTimes, ranOn: string): HTMLElement =>
  element(
    'div',
    { className: 'times' },
    element('dl', { 'aria-label': 'Time per stage' }, stage('decode', decodeMs), stage('prepare', prepareMs), stage('network', networkMs)),
    element('p', { className: 'hint' }, `on ${ranOn}`),
  );

const stage = (title: string, ms: number): HTMLElement =>
  element('div', {}, element('dt', {}, title), element('dd', { 'data-ms': ms }, `${ms.toFixed(ms < 10 ? 1 : 0)} ms`));
