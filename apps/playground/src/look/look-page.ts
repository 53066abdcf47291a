import type { Prediction } from '@resnetjs/core';
import type { Target } from '@resnetjs/explain';
import { networkChoice } from '../classify/network-choice.ts';
import { photoInput } from '../classify/photo-input.ts';
import { samples } from '../classify/samples.ts';
import { element } from '../element.ts';
import { onFiles } from '../file-drop.ts';
import { message } from '../message.ts';
import type { PageView } from '../page-view.ts';
import { blockSwitches } from './block-switches.ts';
import { classChoice } from './class-choice.ts';
import { heatView } from './heat-view.ts';
import { type Inside, lookInside } from './inside.ts';
import { liveCamera } from './live-camera.ts';
import type { HeatMap } from './looker.ts';
import { methodChoice } from './method-choice.ts';
import { METHOD_WORDS } from './methods.ts';
import { passProgress } from './pass-progress.ts';
import { stageBrowser } from './stage-browser.ts';
import '../styles/classify.css';
import './look.css';

/** Where a network looks in a photo or in what the camera sees, what its stages make of it, and what becomes of it without some blocks. */
export function lookPage(): PageView {
  const open = new AbortController();
  const said = message();
  const view = heatView();
  const closed = element('p', { className: 'closed card', hidden: true });
  let photo: File | undefined;
  let predictions: readonly Prediction[] = [];
  let target: Target | undefined; // nothing: what the photo is taken for

  // What was asked for last wins, however long one before it takes.
  const turns = { photo: 0, heat: 0, stage: 0, blocks: 0 };
  const failed = (error: unknown) => said.failed((error as Error).message);
  const network = () => {
    const inside = choice.current();
    return inside?.closed === undefined ? inside : undefined;
  };

  /** Asks for a map. @returns its title, or nothing if another was asked for meanwhile */
  const showHeat = async (inside: Inside): Promise<string | undefined> => {
    const mine = ++turns.heat;
    const method = methods.method();
    const chosen = target;
    progress.begin(METHOD_WORDS[method].slow);
    try {
      const map = await inside.heat({ method, target: chosen, layer: methods.layer() });
      if (mine !== turns.heat) return undefined;
      if (!map) return 'Stopped.';
      if (chosen !== undefined) target = map.target; // what was typed is a class now
      classes.show(predictions, { index: map.target, label: map.label, probability: map.probability });
      const title = titleOf(map, METHOD_WORDS[method].title);
      view.showHeat(map, title);
      return title;
    } catch (error) {
      if (mine !== turns.heat) return undefined;
      if (typeof chosen === 'string') target = undefined; // there is no such class: the next map is of what there is
      throw error;
    } finally {
      if (mine === turns.heat) progress.end();
    }
  };
  const askHeat = async () => {
    const inside = network();
    // The camera's next picture is asked what is chosen then, and shall not wait for a map that takes long.
    if (camera.isOn()) return inside?.stop().catch(failed);
    if (!inside || content.hidden) return;
    said.busy(`${METHOD_WORDS[methods.method()].title} …`);
    try {
      const title = await showHeat(inside);
      if (title) said.done(title);
    } catch (error) {
      failed(error);
    }
  };
  const showStage = async (inside: Inside) => {
    const stage = stages.stage();
    if (stage === undefined) return;
    const mine = ++turns.stage;
    const channels = await inside.channels(stage);
    if (mine === turns.stage) stages.show(channels);
  };
  const showBlocks = async (inside: Inside) => {
    const mine = ++turns.blocks;
    const gone = blocks.gone();
    const without = gone.length > 0 ? await inside.predictWithout(gone) : predictions;
    if (mine === turns.blocks) blocks.show(predictions, without);
  };
  const ask = (what: (inside: Inside) => Promise<void>) => () => {
    const inside = network();
    if (inside && !content.hidden) what(inside).catch(failed);
  };

  const openPhoto = async (file: File) => {
    camera.close();
    const mine = ++turns.photo;
    turns.heat++; // the map of the photo before is for nobody
    [photo, target] = [file, undefined];
    const inside = network();
    if (!inside) return; // looks into it when it is there
    said.busy(`Looking at ${file.name} …`);
    try {
      const opened = await inside.open(file);
      if (mine !== turns.photo) return;
      predictions = opened.predictions;
      view.showPicture(opened.picture);
      classes.show(predictions, undefined);
      content.hidden = false;
      await Promise.all([askHeat(), showStage(inside), showBlocks(inside)]);
    } catch (error) {
      if (mine !== turns.photo) return;
      photo = undefined;
      content.hidden = true;
      failed(error);
    }
  };
  const openFrame = async (frame: ImageBitmap) => {
    const inside = network();
    if (!inside) return frame.close();
    const mine = turns.photo;
    const opened = await inside.open(frame);
    if (mine !== turns.photo || !camera.isOn()) return;
    predictions = opened.predictions;
    if (content.hidden) {
      view.showPicture(opened.picture);
      classes.show(predictions, undefined);
    }
    content.hidden = false;
    try {
      const title = await showHeat(inside);
      if (mine !== turns.photo) return;
      // Together with its map, so that the map lies where the thing was.
      view.showPicture(opened.picture, true);
      if (title && target === undefined) said.done('The camera is on: what it sees is taken for the class that is marked.');
    } catch (error) {
      failed(error);
    }
    await showBlocks(inside);
  };

  const classes = classChoice((chosen) => {
    target = chosen;
    askHeat();
  });
  const methods = methodChoice(askHeat);
  const progress = passProgress(() => choice.current()?.stop().catch(failed));
  const stages = stageBrowser(ask(showStage));
  const blocks = blockSwitches(ask(showBlocks));
  const camera = liveCamera({
    async onFrame(frame) {
      if (photo || content.hidden) {
        turns.photo++;
        turns.stage++;
        stages.clear();
      }
      photo = undefined;
      await openFrame(frame);
    },
    onClosed: () => ask(showStage)(), // of the last picture
    onFailed: (why) => said.failed(why),
  });
  const photos = photoInput({ onPhoto: openPhoto, onFailed: (why) => said.failed(why), samples, buttons: [camera.button] });
  const content = element(
    'div',
    { className: 'inside', hidden: true },
    element(
      'section',
      { className: 'where', 'aria-labelledby': 'where-title' },
      element('h3', { id: 'where-title' }, 'Where it looks'),
      view.root,
      element('div', { className: 'question-of-map' }, methods.root, progress.root, classes.root),
    ),
    stages.root,
    blocks.root,
  );

  const choice = networkChoice<Inside>({
    open: (request) => lookInside(request, (share) => progress.show(share)),
    async onNetwork(inside) {
      turns.heat++;
      closed.textContent = inside.closed ?? '';
      closed.hidden = inside.closed === undefined;
      content.hidden = true;
      target = undefined;
      classes.setNames(inside.names);
      methods.setLayers(inside.layers);
      stages.setStages(inside.stages.flatMap((name) => inside.layers.find((layer) => layer.name === name) ?? []));
      blocks.setBlocks(inside.blocks);
      if (inside.closed !== undefined) {
        camera.close();
        said.done('This network cannot be looked into.');
      } else if (camera.isOn()) camera.goOn();
      else if (photo) await openPhoto(photo);
      else said.done('Ready.');
    },
    said,
    signal: open.signal,
  });
  const take = (files: readonly File[]) => {
    const [file] = files;
    if (choice.take(files)) return;
    if (file) openPhoto(file);
    else said.failed('That was no file. Drop or paste a photo (PNG, JPEG, WebP, GIF or AVIF) or weights (.safetensors, .pth or .onnx).');
  };
  onFiles(take, { signal: open.signal, over: photos.showHeld });

  return {
    element: element(
      'section',
      { className: 'look', 'aria-labelledby': 'look-title' },
      element('h2', { id: 'look-title' }, 'Look inside'),
      photos.root,
      said.root,
      closed,
      content,
      choice.root,
    ),
    loaded: choice.loaded,
    dispose() {
      open.abort();
      for (const turn of Object.keys(turns) as (keyof typeof turns)[]) turns[turn]++; // what is still on its way is for nobody
      camera.close();
      choice.dispose();
    },
  };
}

/** What a map is of: `Grad-CAM of layer3 for cat (99.9 %)`. */
const titleOf = ({ label, probability, layer }: HeatMap, method: string): string =>
  `${method}${layer === undefined ? '' : ` of ${layer}`} for ${label} (${(probability * 100).toFixed(1)} %)`;
