import type { DecodeOptions } from '../decode-image.ts';
import type { Normalization } from '../normalize.ts';
import type { TransformSpec } from '../transforms/transform.ts';
import type { BatchRequest, PreparedBatch } from './prepare-batch.ts';

/** A `BatchRecipe` that can be posted. */
export interface PostedRecipe {
  readonly seed: number;
  readonly augment: TransformSpec | undefined;
  readonly normalization: Normalization | undefined;
  readonly decode: DecodeOptions | undefined;
  readonly skipBroken: boolean;
}

/** To the worker: what to do, once, then batches. */
export type ToWorker = { readonly recipe: PostedRecipe } | { readonly id: number; readonly request: BatchRequest };

/** An error that crosses threads, where classes are lost. */
export interface PostedError {
  readonly name: string;
  readonly message: string;
}

/** From the worker, one for each batch. */
export type FromWorker =
  | { readonly id: number; readonly error: PostedError }
  | {
      readonly id: number;
      readonly batch: Omit<PreparedBatch, 'broken'> & { readonly broken: readonly { at: number; error: PostedError }[] };
    };

/** A worker of either platform. */
export interface WorkerHandle {
  post(message: ToWorker): void;
  /** Called with what the worker says, and once with an error if it ends by itself. */
  listen(onMessage: (message: FromWorker) => void, onFailure: (error: Error) => void): void;
  /** Whether it keeps the process alive. */
  hold(busy: boolean): void;
  end(): Promise<void>;
}
