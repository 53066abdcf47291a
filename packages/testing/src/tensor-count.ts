import * as tf from '@tensorflow/tfjs-core';

/** What a call left in the backend: the change in the number of tensors from before it to after it. */
export async function leakedTensors(call: () => unknown): Promise<number> {
  const before = tf.memory().numTensors;
  await call();
  return tf.memory().numTensors - before;
}

/** The same for a call that is expected to fail: its error and what it leaked. */
export async function failure(call: () => unknown): Promise<{ error: Error; leaked: number }> {
  let error: unknown;
  const leaked = await leakedTensors(async () => {
    try {
      await call();
    } catch (thrown) {
      error = thrown;
    }
  });
  if (!(error instanceof Error)) throw new Error('expected the call to throw an Error, but it did not');
  return { error, leaked };
}
