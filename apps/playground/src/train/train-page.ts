import { duration, progress } from '@resnetjs/train';
import { proxy } from 'comlink';
import { element } from '../element.ts';
import { message } from '../message.ts';
import { shippedWeights } from '../network/shipped.ts';
import type { PageView } from '../page-view.ts';
import { workerClient } from '../worker-client.ts';
import { classList, fileButton } from './class-list.ts';
import { onFolders } from './folder-drop.ts';
import { faultOf, list, sortByFolder } from './photo-class.ts';
import { sampleDigits } from './sample-digits.ts';
import type { Trained, TrainingNews } from './trainer.ts';
import type { TrainerWorker } from './trainer.worker.ts';
import { type TrainingCharts, trainingCharts } from './training-charts.ts';
import { type TrainingState, trainingForm } from './training-form.ts';
import { type TryPanel, tryPanel } from './try-panel.ts';
import '../styles/classify.css';
import './train.css';

const SEED = 1;

/** Puts classes of photos together, teaches them to the network that comes with the page, tries it, hands it out. */
export function trainPage(): PageView {
  const open = new AbortController();
  const client = workerClient<TrainerWorker>(new Worker(new URL('./trainer.worker.ts', import.meta.url), { type: 'module' }));
  const said = message();
  const brokenPhotos = element('ul', { className: 'hint broken', 'aria-label': 'Photos that were left out' });
  const outlet = element('div');
  let charts: TrainingCharts | undefined;
  let tried: TryPanel | undefined;
  let unseen: readonly File[] = [];
  let state: TrainingState = 'ready';

  const onFailed = (why: string) => said.failed(why);
  const classes = classList({ onFailed, onChange: () => state === 'running' || said.done('') });
  const addFolders = (files: readonly File[]) => {
    try {
      const sorted = sortByFolder(files);
      classes.add(sorted.classes);
      if (sorted.skipped.length > 0) said.failed(`Skipped, for it is no image: ${list(sorted.skipped)}.`);
    } catch {
      said.failed('No photos in folders were found. Choose a folder that has one sub-folder per class.');
    }
  };
  const samples = element('button', { type: 'button' }, 'Use sample digits');
  samples.addEventListener('click', async () => {
    if (state !== 'ready') return; // clicked twice
    show('waiting');
    try {
      const sample = await sampleDigits();
      classes.add(sample.classes);
      unseen = sample.unseen;
      form.setMirror(false); // a mirrored 3 is none
    } catch (error) {
      said.failed((error as Error).message);
    }
    show('ready');
  });

  const train = async ({ epochs, mirror }: { epochs: number; mirror: boolean }) => {
    const chosen = classes.classes();
    const fault = faultOf(chosen);
    if (fault) return said.failed(fault);
    clear();
    const mine = trainingCharts();
    charts = mine;
    outlet.replaceChildren(mine.root);
    show('running');
    said.busy('Preparing the photos …');
    const follow = progress();
    const hear = async (news: TrainingNews) => {
      if (news.type === 'broken') {
        brokenPhotos.append(element('li', {}, `${news.why} Left out of ${news.className}.`));
      } else if (news.type === 'prepared') {
        said.busy(`Preparing the photos: ${news.photos} of ${news.of} …`);
      } else {
        mine.add(news);
        const now = follow(news);
        if (now && news.type === 'step')
          said.busy(`Round ${now.epoch} of ${now.epochs}, step ${now.step} of ${now.steps}, ${duration(now.secondsLeft)} left`);
      }
    };
    try {
      const request = { weights: shippedWeights(), classes: chosen.filter(({ photos }) => photos.length > 0), epochs, mirror, seed: SEED };
      const trained = await client.call<Trained | undefined>((worker) => worker.train(request, proxy(hear)));
      if (open.signal.aborted) return;
      if (trained) {
        tried = tryPanel(trained.checkpoint, unseen);
        outlet.append(tried.root);
        said.done(resultOf(trained));
      } else said.done('Stopped before anything was learned.');
    } catch (error) {
      if (!open.signal.aborted) said.failed((error as Error).message);
    }
    if (!open.signal.aborted) show('ready');
  };
  const show = (now: TrainingState) => {
    state = now;
    form.show(now);
    classes.enable(now !== 'running');
    samples.disabled = now === 'running';
  };
  const form = trainingForm({ onTrain: train, onStop: () => client.call((worker) => worker.stop()) });
  const clear = () => {
    charts?.dispose();
    tried?.dispose();
    [charts, tried] = [undefined, undefined];
    brokenPhotos.replaceChildren();
    outlet.replaceChildren();
  };

  onFolders(
    ({ files, folders, at }) => {
      const [photo] = files;
      if (tried?.root.contains(at)) return photo && tried.look(photo);
      if (state === 'running') return said.failed('Wait until the training has ended, or stop it, before you add photos.');
      if (classes.addAt(at, files)) return;
      if (folders) addFolders(files);
      else said.failed('Drop photos on the class that they show, or drop a folder with one sub-folder per class.');
    },
    onFailed,
    open.signal,
  );
  document.addEventListener(
    'paste',
    (event) => {
      const [photo] = event.clipboardData?.files ?? [];
      if (photo) tried?.look(photo);
    },
    { signal: open.signal },
  );

  said.busy('Starting …');
  const loaded = client
    .call((worker) => worker.start())
    .then(
      () => open.signal.aborted || said.done('Ready.'),
      (error: unknown) => open.signal.aborted || said.failed(`${(error as Error).message} Reload the page to try again.`),
    );

  return {
    element: element(
      'section',
      { className: 'train', 'aria-labelledby': 'train-title' },
      element('h2', { id: 'train-title' }, 'Train your own'),
      element(
        'p',
        { className: 'words' },
        'Give each class a name and some photos, ten or more: the network that comes with this page, which knows ten kinds of things from ' +
          '50,000 pictures, then learns to tell yours apart. It sees 32x32 pixels, so let the thing fill the photo. Nothing leaves this device.',
      ),
      element(
        'div',
        { className: 'actions' },
        fileButton('Choose a folder of folders', { webkitdirectory: true }, addFolders),
        samples,
        element('span', { className: 'hint' }, 'or drop a folder with one sub-folder per class (the digits are from MNIST, CC BY-SA 3.0)'),
      ),
      classes.root,
      form.root,
      said.root,
      brokenPhotos,
      outlet,
    ),
    loaded,
    dispose() {
      open.abort();
      client.dispose();
      classes.dispose();
      clear();
    },
  };
}

function resultOf({ trainedOn, heldOut, right, stopped }: Trained): string {
  const few = heldOut < 10 ? ' So few say little.' : '';
  return `${stopped ? 'Stopped. ' : 'Done. '}Learned from ${trainedOn} photos; of the ${heldOut} put aside it gets ${right} right.${few}`;
}
