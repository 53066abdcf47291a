import { element } from '../element.ts';
import { onFiles } from '../file-drop.ts';
import { message } from '../message.ts';
import { loadNetwork, type Network } from '../network/network.ts';
import type { PageView } from '../page-view.ts';
import '../styles/classify.css';
import { cameraInput } from './camera-input.ts';
import { networkChoice } from './network-choice.ts';
import { photoInput } from './photo-input.ts';
import { resultPanel } from './result-panel.ts';
import { samples } from './samples.ts';

/** Pick a photo, see what a network takes it for. The network that comes with the page is loaded at once. */
export function classifyPage(): PageView {
  const open = new AbortController();
  const said = message();
  const result = resultPanel();
  let photo: File | undefined;
  let turn = 0; // the photo that came last wins, however long one before it takes

  const look = async (file: File) => {
    const mine = ++turn;
    photo = file;
    result.showPhoto(file);
    const network = choice.current();
    if (!network) return; // looks at it when it is there
    said.busy(`Looking at ${file.name} …`);
    const { backend } = network;
    try {
      const classification = await network.classify(file, file.name);
      if (mine !== turn) return;
      result.showClassification(classification, file.name, backend.description);
      said.done(`${file.name}: ${classification.predictions[0]?.label ?? 'nothing'}`);
    } catch (error) {
      if (mine !== turn) return;
      photo = undefined;
      result.clear();
      said.failed((error as Error).message);
    }
  };

  const choice = networkChoice<Network>({
    open: loadNetwork,
    onNetwork: () => (photo ? look(photo) : said.done('Ready.')),
    said,
    signal: open.signal,
  });
  const onFailed = (why: string) => said.failed(why);
  const camera = cameraInput({ onPhoto: look, onFailed });
  const photos = photoInput({ onPhoto: look, onFailed, samples, buttons: [camera.button] });
  const take = (files: readonly File[]) => {
    const [file] = files;
    if (choice.take(files)) return;
    if (file) look(file);
    else said.failed('That was no file. Drop or paste a photo (PNG, JPEG, WebP, GIF or AVIF) or weights (.safetensors, .pth or .onnx).');
  };
  onFiles(take, { signal: open.signal, over: photos.showHeld });

  return {
    element: element(
      'section',
      { className: 'classify', 'aria-labelledby': 'classify-title' },
      element('h2', { id: 'classify-title' }, 'What is in your photo?'),
      photos.root,
      camera.root,
      said.root,
      result.root,
      choice.root,
    ),
    loaded: choice.loaded,
    dispose() {
      open.abort();
      turn++; // what is still on its way is for nobody
      camera.dispose();
      choice.dispose();
      result.clear();
    },
  };
}
