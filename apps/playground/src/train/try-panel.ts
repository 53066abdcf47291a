import { cameraInput } from '../classify/camera-input.ts';
import { photoInput, type Sample } from '../classify/photo-input.ts';
import { resultPanel } from '../classify/result-panel.ts';
import { element } from '../element.ts';
import { message } from '../message.ts';
import { loadNetwork, type Network } from '../network/network.ts';

/** Tries a network that was trained here, and hands it out. */
export interface TryPanel {
  readonly root: HTMLElement;
  /** Shows what it takes a photo for. */
  look(photo: File): void;
  dispose(): void;
}

const FILE_NAME = 'my-resnet.safetensors';

/** @param samples photos that it has not learned from */
export function tryPanel(checkpoint: Blob, samples: readonly File[]): TryPanel {
  const file = new File([checkpoint], FILE_NAME);
  const url = URL.createObjectURL(file);
  const said = message();
  const result = resultPanel();
  let open = true;
  // From the very file that is downloaded, as anybody will load it.
  const loading = loadNetwork({ weights: [file], backend: { backend: 'wasm' } });
  loading.then(
    (network) => open || network.dispose(),
    (error: unknown) => said.failed(`What was trained could not be loaded: ${(error as Error).message}`),
  );
  let turn = 0;

  const look = async (photo: File) => {
    const mine = ++turn;
    result.showPhoto(photo);
    said.busy(`Looking at ${photo.name} …`);
    let network: Network | undefined;
    try {
      network = await loading;
      const classification = await network.classify(photo, photo.name);
      if (mine !== turn || !open) return;
      result.showClassification(classification, photo.name, network.backend.description);
      said.done(`${photo.name}: ${classification.predictions[0]?.label}`);
    } catch (error) {
      if (mine !== turn || !open) return;
      result.clear();
      said.failed((error as Error).message);
    }
  };
  const onFailed = (why: string) => said.failed(why);
  const camera = cameraInput({ onPhoto: look, onFailed });
  const photos = photoInput({
    onPhoto: look,
    onFailed,
    samples: samples.map((sample): Sample => ({ title: `Try ${sample.name}`, load: async () => sample })),
    buttons: [camera.button],
  });
  return {
    look,
    root: element(
      'section',
      { className: 'try', 'aria-labelledby': 'try-title' },
      element('h3', { id: 'try-title' }, 'Try it'),
      photos.root,
      camera.root,
      said.root,
      result.root,
      element('h3', {}, 'Keep it'),
      element(
        'p',
        {},
        element('a', { className: 'button', href: url, download: FILE_NAME }, 'Download the network'),
        ` ${FILE_NAME}, ${megabytes(file.size)} MB`,
      ),
      element(
        'p',
        { className: 'hint' },
        'One file with the weights, the names of the classes and how photos are prepared. Drop it on the page Classify, or in Node: ',
        element('code', {}, `npx resnetjs predict photo.jpg --weights ${FILE_NAME}`),
      ),
    ),
    dispose() {
      open = false;
      camera.dispose();
      loading.then(
        (network) => network.dispose(),
        () => {}, // said above
      );
      result.clear();
      URL.revokeObjectURL(url);
    },
  };
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
