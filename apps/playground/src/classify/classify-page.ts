import chelsea from '#photos/chelsea.png?url';
import rocket from '#photos/rocket.jpg?url';
import { element } from '../element.ts';
import { onFiles } from '../file-drop.ts';
import { message } from '../message.ts';
import { ArchitectureUnknown, loadNetwork, type Network } from '../network/network.ts';
import type { NetworkRequest } from '../network/network.worker.ts';
import { shippedWeights } from '../network/shipped.ts';
import type { PageView } from '../page-view.ts';
import '../styles/classify.css';
import { cameraInput } from './camera-input.ts';
import { describeNetwork } from './describe-network.ts';
import { deviceInput } from './device-input.ts';
import { photoInput, type Sample } from './photo-input.ts';
import { resultPanel } from './result-panel.ts';
import { isWeightsFile, weightsInput } from './weights-input.ts';

const samples: readonly Sample[] = [
  { title: 'Try a cat', load: () => loadSample(chelsea, 'chelsea.png') },
  { title: 'Try a rocket', load: () => loadSample(rocket, 'rocket.jpg') },
];

/** Pick a photo, see what a network takes it for. The network that comes with the page is loaded at once. */
export function classifyPage(): PageView {
  const open = new AbortController();
  const shipped = shippedWeights();
  const said = message();
  const result = resultPanel();
  let request: NetworkRequest = { weights: shipped, backend: { backend: 'wasm' } };
  let refused: NetworkRequest | undefined; // weights that wait for the user to say what they are of
  let network: Network | undefined;
  let photo: File | undefined;

  // The network asked for last wins, and so does the photo, however long one before it takes.
  const turns = { load: 0, look: 0 };

  const load = async (wanted: NetworkRequest, busy: string) => {
    const mine = ++turns.load;
    said.busy(busy);
    try {
      const next = await loadNetwork(wanted);
      if (mine !== turns.load) return next.dispose();
      network?.dispose();
      [network, request] = [next, wanted];
      weights.showNetwork(describeNetwork(next), wanted.weights === shipped);
      device.showBackend(next.backend);
      if (photo) await look(photo);
      else said.done('Ready.');
    } catch (error) {
      if (mine !== turns.load) return;
      if (network) device.showBackend(network.backend);
      if (error instanceof ArchitectureUnknown) {
        refused = wanted;
        weights.askArchitecture(error.choices);
      }
      const reason = (error as Error).message;
      said.failed(network ? reason : `The network could not be loaded. ${reason} Reload the page to try again.`);
    }
  };

  const look = async (file: File) => {
    const mine = ++turns.look;
    photo = file;
    result.showPhoto(file);
    if (!network) return; // looks at it when it is there
    said.busy(`Looking at ${file.name} …`);
    const { backend } = network;
    try {
      const classification = await network.classify(file, file.name);
      if (mine !== turns.look) return;
      result.showClassification(classification, file.name, backend.description);
      said.done(`${file.name}: ${classification.predictions[0]?.label ?? 'nothing'}`);
    } catch (error) {
      if (mine !== turns.look) return;
      photo = undefined;
      result.clear();
      said.failed((error as Error).message);
    }
  };

  const take = (files: readonly File[]) => {
    const weightsFiles = files.filter(isWeightsFile);
    const [file] = files;
    if (weightsFiles.length > 0) load({ weights: weightsFiles, backend: request.backend }, `Loading ${weightsFiles[0]?.name} …`);
    else if (file) look(file);
    else said.failed('That was no file. Drop or paste a photo (PNG, JPEG, WebP, GIF or AVIF) or weights (.safetensors or .pth).');
  };
  const onFailed = (why: string) => said.failed(why);
  const camera = cameraInput({ onPhoto: look, onFailed });
  const photos = photoInput({ onPhoto: look, onFailed, samples, buttons: [camera.button] });
  const weights = weightsInput({
    onFiles: take,
    onSource: (source) => load({ weights: source, backend: request.backend }, `Fetching ${source} …`),
    onArchitecture: (chosen) => refused && load({ ...refused, chosen }, `Loading it as ${chosen} …`),
    onShipped: () => load({ weights: shipped, backend: request.backend }, 'Loading the network …'),
  });
  const device = deviceInput((backend) => load({ ...request, backend }, `Starting ${backend.backend} …`), open.signal);
  onFiles(take, { signal: open.signal, over: photos.showHeld });

  const loaded = load(request, 'Loading the network (1.1 MB) …').then(async () => {
    if (network) device.showSupport(await network.supportedBackends());
  });
  return {
    element: element(
      'section',
      { className: 'classify', 'aria-labelledby': 'classify-title' },
      element('h2', { id: 'classify-title' }, 'What is in your photo?'),
      photos.root,
      camera.root,
      said.root,
      result.root,
      element('div', { className: 'cards' }, weights.root, device.root),
    ),
    loaded,
    dispose() {
      open.abort();
      turns.load++; // what is still on its way is for nobody
      turns.look++;
      camera.dispose();
      network?.dispose();
      result.clear();
    },
  };
}

async function loadSample(url: string, name: string): Promise<File> {
  const response = await fetch(url);
  const blob = await response.blob();
  return new File([blob], name, { type: blob.type });
}
