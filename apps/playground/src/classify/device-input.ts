import { element } from '../element.ts';
import { cores, missingThreads, onServiceWorker, reloadBringsThreads } from '../isolation.ts';
import type { BackendChoice, BackendInUse, BackendName, BackendSupport } from '../network/backends.ts';

const TITLES: Readonly<Record<BackendName, string>> = {
  wasm: 'WebAssembly',
  webgpu: 'WebGPU',
  webgl: 'WebGL',
  cpu: 'Plain JavaScript (slow)',
};

export interface DeviceInput {
  readonly root: HTMLElement;
  /** Says what runs now. */
  showBackend(backend: BackendInUse): void;
  /** Lets those be chosen that work here, and says why the others do not. */
  showSupport(support: readonly BackendSupport[]): void;
}

/** Chooses what computes: a backend and, for WebAssembly, its threads. */
export function deviceInput(onChoice: (choice: BackendChoice) => void, signal: AbortSignal): DeviceInput {
  const backend = element('select', { id: 'backend', 'aria-describedby': 'backend-missing' });
  const threads = element('select', { id: 'threads', 'aria-describedby': 'threads-missing' });
  const now = element('p', { className: 'about' });
  const backendsMissing = element('ul', { id: 'backend-missing', className: 'hint' });
  const threadsMissing = element('p', { id: 'threads-missing', className: 'hint' });
  const reload = element('button', { type: 'button', hidden: true }, 'Load it again');
  reload.addEventListener('click', () => location.reload());

  const showThreads = () => {
    const missing = missingThreads();
    threadsMissing.textContent = missing ?? '';
    reload.hidden = !reloadBringsThreads();
    const possible = missing === undefined ? cores() : 1;
    threads.disabled = backend.value !== 'wasm' || possible === 1;
    if (threads.options.length === possible) return;
    threads.replaceChildren(...Array.from({ length: possible }, (_, i) => element('option', { value: String(i + 1) }, String(i + 1))));
    threads.value = String(possible);
  };
  const choose = () => {
    const name = backend.value as BackendName;
    onChoice({ backend: name, ...(name === 'wasm' && { threads: Number(threads.value) }) });
  };
  backend.append(element('option', { value: 'wasm' }, TITLES.wasm));
  backend.disabled = true;
  backend.addEventListener('change', choose);
  threads.addEventListener('change', choose);
  onServiceWorker(showThreads, signal);
  showThreads();

  return {
    root: element(
      'section',
      { className: 'card', 'aria-labelledby': 'device-title' },
      element('h3', { id: 'device-title' }, 'Runs on'),
      now,
      element('div', { className: 'fields' }, element('label', {}, 'Backend', backend), element('label', {}, 'Threads', threads)),
      backendsMissing,
      threadsMissing,
      reload,
    ),
    showBackend(inUse) {
      now.textContent = `${TITLES[inUse.backend]}: ${inUse.description}`;
      backend.value = inUse.backend;
      showThreads();
      if (inUse.backend === 'wasm' && inUse.threads <= threads.options.length) threads.value = String(inUse.threads);
    },
    showSupport(support) {
      const chosen = backend.value;
      backend.replaceChildren(
        ...support.map(({ backend: name, missing }) => element('option', { value: name, disabled: missing !== undefined }, TITLES[name])),
      );
      backend.value = chosen;
      backend.disabled = false;
      backendsMissing.replaceChildren(
        ...support.flatMap(({ backend: name, missing }) => (missing ? [element('li', {}, `${TITLES[name]}: ${missing}.`)] : [])),
      );
    },
  };
}
