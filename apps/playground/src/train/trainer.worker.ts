import { useWasm } from '@resnetjs/backend-wasm';
import { expose } from 'comlink';
import { type Trained, type TrainingNews, type TrainingRequest, trainOwn } from './trainer.ts';

let stopping = new AbortController();

const trainer = {
  /** Starts what computes, so that the first training need not wait for it. @returns threads. */
  async start(): Promise<number> {
    return (await useWasm({ everyOp: false })).threads;
  },

  /** @returns nothing if it was stopped before it had learned anything. */
  async train(request: TrainingRequest, tell: (news: TrainingNews) => Promise<void>): Promise<Trained | undefined> {
    stopping = new AbortController();
    const { signal } = stopping;
    await useWasm({ everyOp: false });
    try {
      return await trainOwn(request, tell, signal);
    } catch (error) {
      if (signal.aborted && error === signal.reason) return undefined;
      throw error;
    }
  },

  /** Ends the training after its step; what it has learned is kept. */
  stop(): void {
    stopping.abort();
  },
};

export type TrainerWorker = typeof trainer;

expose(trainer);
