import { transformFromSpec } from '../transforms/from-spec.ts';
import { type BatchRecipe, prepareBatch } from './prepare-batch.ts';
import type { FromWorker, PostedError, ToWorker } from './worker-message.ts';

/** What a worker does: keeps the recipe it is told, and answers each request with a batch whose memory it gives away. */
export function serveBatches(post: (message: FromWorker, transfer: ArrayBuffer[]) => void): (message: ToWorker) => Promise<void> {
  let recipe: BatchRecipe | undefined;
  return async (message) => {
    if ('recipe' in message) {
      const { augment, decode, ...rest } = message.recipe;
      recipe = { ...rest, decode: { ...decode, blocking: true }, augment: augment && transformFromSpec(augment) };
      return;
    }
    const { id, request } = message;
    try {
      if (!recipe) throw new Error('the worker was asked for a batch before it knew the recipe');
      const batch = await prepareBatch(request, recipe);
      const broken = batch.broken.map(({ at, error }) => ({ at, error: posted(error) }));
      post({ id, batch: { ...batch, broken } }, [batch.images.buffer, batch.labels.buffer, batch.kept.buffer]);
    } catch (error) {
      post({ id, error: posted(error as Error) }, []);
    }
  };
}

const posted = ({ name, message }: Error): PostedError => ({ name, message });
