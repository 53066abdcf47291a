import { element } from '../element.ts';
import type { PageView } from '../page-view.ts';

export function architecturePage(): PageView {
  const page = element('section', { 'aria-labelledby': 'architecture-title' }, element('h2', { id: 'architecture-title' }, 'Architecture'));
  return { element: page, dispose() {} };
}
