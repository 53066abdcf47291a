import { element } from '../element.ts';
import type { PageView } from '../page-view.ts';

export function trainPage(): PageView {
  const page = element('section', { 'aria-labelledby': 'train-title' }, element('h2', { id: 'train-title' }, 'Train your own'));
  return { element: page, dispose() {} };
}
