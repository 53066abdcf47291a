import { element } from '../element.ts';
import type { PageView } from '../page-view.ts';

export function whyPage(): PageView {
  const page = element('section', { 'aria-labelledby': 'why-title' }, element('h2', { id: 'why-title' }, 'Why residual'));
  return { element: page, dispose() {} };
}
