import type { BackendName } from '@resnetjs/backend-auto';
import type { Method } from '@resnetjs/explain';
import type { PresetName } from '@resnetjs/network';

/** Which network a worker loads, and how it computes. */
export interface WorkerModel {
  /** What `loadNetwork` takes: a network's name, a repository, a path or an address. Only whoever runs the server names one. */
  readonly source: string;
  readonly architecture?: string | undefined;
  readonly preset?: PresetName | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly offline?: boolean | undefined;
  readonly backend: BackendName;
  /** Of one worker, on WebAssembly. */
  readonly threads: number;
  /** Images computed at once; `auto` measures on what is no WebAssembly, where batches bring nothing. */
  readonly batch: number | 'auto';
  /** Images of more pixels are refused before they are decoded. */
  readonly maxPixels: number;
}

/** An image as a client sent it: a file's bytes, or JSON with a data URL in it. */
export interface ImageBody {
  readonly bytes: Uint8Array;
  readonly isJson?: boolean;
}

/** Ways to explain that take a pass or few: others compute an image hundreds of times, for which a server is not. */
export const EXPLAIN_METHODS = [
  'grad-cam',
  'grad-cam++',
  'hires-cam',
  'layer-cam',
  'eigen-cam',
  'saliency',
  'input-x-gradient',
  'guided-backprop',
] as const satisfies readonly Method[];

/** How `/explain` was asked. */
export interface Explanation {
  readonly method?: (typeof EXPLAIN_METHODS)[number] | undefined;
  readonly target?: number | undefined;
  readonly layer?: string | undefined;
}

/** One thing to compute. */
export type Task =
  | { readonly kind: 'classify'; readonly image: ImageBody; readonly top: number }
  | { readonly kind: 'embed'; readonly image: ImageBody }
  | ({ readonly kind: 'explain'; readonly image: ImageBody } & Explanation)
  | {
      readonly kind: 'infer';
      /** JSON, and behind its first `jsonBytes` bytes, where that is said, tensors. */
      readonly body: Uint8Array;
      readonly jsonBytes?: number | undefined;
      readonly model: { readonly name: string; readonly version: string };
    };

export interface Prediction {
  readonly index: number;
  readonly label: string;
  readonly probability: number;
}

/** What each kind of task comes to. */
export interface Results {
  readonly classify: readonly Prediction[];
  readonly embed: Float32Array;
  /** A PNG. */
  readonly explain: Uint8Array;
  readonly infer: { readonly body: Uint8Array; readonly jsonBytes?: number };
}

export interface Durations {
  readonly decodeMs: number;
  /** Preparing the pixels and the network's pass. */
  readonly networkMs: number;
}

/** Why a task came to nothing, for the client; `detail` is for the log alone. */
export interface Fault {
  readonly status: number;
  readonly message: string;
  readonly detail?: string;
}

export type Answer =
  | ({ readonly ok: true; readonly value: Results[Task['kind']] } & Durations)
  | { readonly ok: false; readonly fault: Fault };

/** A tensor that the Open Inference Protocol knows of. */
export interface TensorFacts {
  readonly name: string;
  readonly datatype: 'FP32' | 'BYTES';
  readonly shape: readonly number[];
}

/** What is known of a network once it is loaded. */
export interface ModelFacts {
  /** `resnet20_cifar (shortcut B)` */
  readonly network: string;
  readonly classes: number;
  readonly labels: readonly string[] | undefined;
  /** Pixels of a side of what the network sees. */
  readonly side: number;
  readonly hasHead: boolean;
  readonly notes: readonly string[];
  /** `wasm, 2 threads` */
  readonly backend: string;
  /** Images that a worker is given at once. */
  readonly batch: number;
  readonly explains: boolean;
  readonly inputs: readonly TensorFacts[];
  readonly outputs: readonly TensorFacts[];
  /** Of what it answers to a grey image: that of another network is another. */
  readonly fingerprint: string;
}

/** What a worker holds. */
export interface WorkerMemory {
  readonly bytes: number;
  readonly tensors: number;
}

export type ToWorker = { readonly type: 'start'; readonly model: WorkerModel } | { readonly type: 'run'; readonly tasks: readonly Task[] };

export type FromWorker =
  | { readonly type: 'ready'; readonly facts: ModelFacts; readonly memory: WorkerMemory }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'done'; readonly answers: readonly Answer[]; readonly memory: WorkerMemory };
