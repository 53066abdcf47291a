import chelsea from '#photos/chelsea.png?url';
import { element } from '../element.ts';
import type { Classifier } from '../network/classifier.ts';
import { loadShipped } from '../network/shipped.ts';
import type { PageView } from '../page-view.ts';
import '../styles/classify.css';
import { message } from '../message.ts';
import { photoInput } from './photo-input.ts';
import { resultPanel } from './result-panel.ts';

const SAMPLE = 'chelsea.png';

/** Pick a photo, see what the network takes it for. Loads the network at once, so that the page then works offline. */
export function classifyPage(): PageView {
  const said = message();
  const result = resultPanel();
  const about = element('p', { className: 'about' });
  const loading = Promise.all([loadShipped(), loadSample()]);

  // The photo chosen last wins, however long one before it takes.
  let latest = 0;
  const show = async (file: File) => {
    const turn = ++latest;
    said.busy(`Looking at ${file.name} …`);
    result.showPhoto(file);
    try {
      const [classifier] = await loading;
      const classification = await classifier.classify(file, file.name);
      if (turn !== latest) return;
      result.showClassification(classification, file.name);
      said.done(`${file.name}: ${classification.predictions[0]?.label ?? 'nothing'}`);
    } catch (error) {
      if (turn !== latest) return;
      result.clear();
      said.failed((error as Error).message);
    }
  };
  const input = photoInput({ onPhoto: show, onRefused: (why) => said.failed(why), sample: async () => (await loading)[1] });

  said.busy('Loading the network (1.1 MB) …');
  loading.then(
    ([classifier]) => {
      about.replaceChildren(describe(classifier));
      input.enable();
      if (latest === 0) said.done('Ready.');
    },
    (error: unknown) => said.failed(`The network could not be loaded. ${(error as Error).message} Reload the page to try again.`),
  );
  const page = element(
    'section',
    { className: 'classify', 'aria-labelledby': 'classify-title' },
    element('h2', { id: 'classify-title' }, 'What is in your photo?'),
    about,
    input.root,
    said.root,
    result.root,
  );
  return {
    element: page,
    dispose() {
      latest++; // what is still on its way is for nobody
      input.dispose();
      result.clear();
      loading.then(
        ([classifier]) => classifier.dispose(),
        () => {}, // said above, and nothing to free
      );
    },
  };
}

function describe({ manifest, labels }: Classifier): string {
  const { accuracy, preprocessing } = manifest;
  const right = accuracy ? ` It is right about ${(accuracy.top1 * 100).toFixed(1)} % of the ${accuracy.dataset}.` : '';
  return (
    `A ResNet-20 that sees ${preprocessing?.crop}x${preprocessing?.crop} pixels and knows ${labels.length} things: ${labels.join(', ')}.${right} ` +
    'Whatever else is in a photo, it takes for one of these.'
  );
}

async function loadSample(): Promise<File> {
  const response = await fetch(chelsea);
  return new File([await response.blob()], SAMPLE, { type: 'image/png' });
}
