import { createHash } from 'node:crypto';
import { decodeImage, ImageError, type RgbImage } from '@resnetjs/data';
import { loadNetwork, type Network, NetworkError } from '@resnetjs/network';
import { RequestFault } from '../request-fault.ts';
import { explainer } from './explainer.ts';
import { imageBytes } from './image-bytes.ts';
import { infer, inferInputs, inferOutputs } from './infer.ts';
import { measuredBatch } from './measured-batch.ts';
import type { Answer, Fault, ImageBody, ModelFacts, Results, Task, WorkerModel } from './protocol.ts';
import type { StartedBackend } from './start-backend.ts';

/** A network, and what it does for the server. */
export interface ServedNetwork {
  readonly facts: ModelFacts;
  /** Each task's answer, in their order; images that are classified or embedded go through the network together. */
  run(tasks: readonly Task[]): Promise<Answer[]>;
}

/** @throws NetworkError, CheckpointError or BackendError naming what is wrong with what the server was told. */
export async function servedNetwork(model: WorkerModel, backend: StartedBackend): Promise<ServedNetwork> {
  const { source, architecture, preset, labels, offline, maxPixels } = model;
  const network = await loadNetwork(source, { architecture, preprocessing: preset, labels, ...(offline !== undefined && { offline }) });
  const explainImage = await explainer();
  const { crop } = network.preprocessing;
  const grey: RgbImage = { width: crop, height: crop, data: new Uint8Array(crop * crop * 3).fill(128) };
  // The second pass is recorded: no client waits for that.
  const pass = (images: RgbImage[]): Promise<unknown> => (network.hasHead ? network.classify(images) : network.embed(images));
  await pass([grey]);
  const fingerprint = createHash('sha256')
    .update(JSON.stringify(await pass([grey])))
    .digest('hex');
  const embeddingSize = network.hasHead ? 0 : (await network.embed(grey)).length;
  const batch =
    model.batch === 'auto' ? (model.backend === 'wasm' ? 1 : await measuredBatch((count) => pass(Array(count).fill(grey)))) : model.batch;

  const decode = (image: ImageBody): Promise<RgbImage> => decodeImage(imageBytes(image), { orient: true, maxPixels });
  const explained = async (task: Extract<Task, { kind: 'explain' }>) => {
    if (!explainImage)
      throw new RequestFault(501, 'explanations take the package @resnetjs/explain, which is not installed beside the server.');
    const started = performance.now();
    const photo = await decode(task.image);
    const decodedAt = performance.now();
    const value = await explainImage(network, photo, task);
    return { value, decodeMs: decodedAt - started, networkMs: performance.now() - decodedAt };
  };
  return {
    facts: {
      network: network.name,
      classes: network.classes,
      labels: network.labels,
      side: crop,
      hasHead: network.hasHead,
      notes: network.notes,
      backend: backend.description,
      batch,
      explains: explainImage !== undefined && network.hasHead,
      inputs: inferInputs(network),
      outputs: inferOutputs(network, embeddingSize),
      fingerprint,
    },
    async run(tasks) {
      const answers = new Array<Answer | undefined>(tasks.length);
      for (const kind of ['classify', 'embed'] as const) {
        const places = tasks.flatMap((task, i) => (task.kind === kind ? [i] : []));
        const own = await together(
          network,
          places.map((i) => tasks[i] as ImageTask),
          decode,
        );
        for (const [n, answer] of own.entries()) answers[places[n] as number] = answer;
      }
      for (const [i, task] of tasks.entries()) {
        if (task.kind === 'infer') answers[i] = await answered(() => infer(network, task, { maxPixels }));
        if (task.kind === 'explain') answers[i] = await answered(() => explained(task));
      }
      return answers as Answer[];
    },
  };
}

type ImageTask = Extract<Task, { kind: 'classify' | 'embed' }>;

/** Images of several tasks of one kind in one pass. What cannot be decoded is left out of it, and said to whoever sent it. */
async function together(network: Network, tasks: readonly ImageTask[], decode: (image: ImageBody) => Promise<RgbImage>): Promise<Answer[]> {
  const decoded = await Promise.all(
    tasks.map(async ({ image }) => {
      const started = performance.now();
      try {
        const pixels = await decode(image);
        return { pixels, decodeMs: performance.now() - started };
      } catch (error) {
        return { fault: faultOf(error) };
      }
    }),
  );
  const images = decoded.flatMap(({ pixels }) => (pixels ? [pixels] : []));
  const started = performance.now();
  let values: Results[ImageTask['kind']][] = [];
  try {
    if (images.length > 0) values = await passed(network, tasks, images);
  } catch (error) {
    const fault = faultOf(error);
    return decoded.map((one) => ({ ok: false, fault: one.fault ?? fault }));
  }
  const networkMs = performance.now() - started;
  return decoded.map(({ fault, decodeMs = 0 }, i): Answer => {
    if (fault) return { ok: false, fault };
    const value = values.shift() as Results[ImageTask['kind']];
    const task = tasks[i] as ImageTask;
    return {
      ok: true,
      value: value instanceof Float32Array || task.kind === 'embed' ? value : value.slice(0, task.top),
      decodeMs,
      networkMs,
    };
  });
}

function passed(network: Network, tasks: readonly ImageTask[], images: readonly RgbImage[]): Promise<Results[ImageTask['kind']][]> {
  if (tasks[0]?.kind === 'embed') return network.embed(images);
  return network.classify(images, { top: Math.max(...tasks.map((task) => (task.kind === 'classify' ? task.top : 0))) });
}

async function answered<T extends { readonly value: Results[Task['kind']]; readonly decodeMs: number; readonly networkMs: number }>(
  work: () => Promise<T>,
): Promise<Answer> {
  try {
    return { ok: true, ...(await work()) };
  } catch (error) {
    return { ok: false, fault: faultOf(error) };
  }
}

/** What a client gets to know of an error: what is its own doing, and nothing of the server's inside. */
function faultOf(error: unknown): Fault {
  if (error instanceof RequestFault) return { status: error.status, message: error.message };
  if (error instanceof ImageError) return { status: 422, message: error.message };
  if (error instanceof NetworkError) return { status: 400, message: error.fault };
  return {
    status: 500,
    message: 'this failed inside the server.',
    detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}
