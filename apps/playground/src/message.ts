import { element } from './element.ts';

/** One line that says what goes on: read out by screen readers, errors at once. */
export interface Message {
  readonly root: HTMLElement;
  busy(text: string): void;
  done(text: string): void;
  failed(text: string): void;
}

export function message(): Message {
  const status = element('p', { role: 'status', className: 'status' });
  const alert = element('p', { role: 'alert', className: 'alert' });
  const root = element('div', { className: 'message' }, status, alert);
  const say = (state: 'busy' | 'done' | 'failed', text: string) => {
    root.dataset.state = state;
    status.textContent = state === 'failed' ? '' : text;
    alert.textContent = state === 'failed' ? text : '';
  };
  return {
    root,
    busy: (text) => say('busy', text),
    done: (text) => say('done', text),
    failed: (text) => say('failed', text),
  };
}
