import type { Answer, FromWorker, ModelFacts, Task, ToWorker } from '../worker/protocol.ts';
import type { WorkerChannel } from './worker-channel.ts';

/** A worker that does what a test says, when it says it. */
export interface FakeWorker extends WorkerChannel {
  /** What it was given to compute and has not answered. */
  readonly tasks: readonly Task[];
  /** Batches that it was given. */
  readonly runs: readonly (readonly Task[])[];
  readonly isEnded: boolean;
  ready(facts?: Partial<ModelFacts>): void;
  refuse(message: string): void;
  /** Answers everything that it was given. */
  answer(toAnswer?: (task: Task) => Answer): void;
  /** Ends without being told to. */
  die(reason?: string): void;
}

export const MEMORY = { bytes: 100, tensors: 7 };

const FACTS: ModelFacts = {
  network: 'fake',
  classes: 2,
  labels: undefined,
  side: 32,
  hasHead: true,
  notes: [],
  backend: 'none',
  batch: 1,
  explains: false,
  inputs: [],
  outputs: [],
  fingerprint: 'of the first',
};

/** What a task is known by here: its number of classes. */
export const task = (top: number): Task => ({ kind: 'classify', image: { bytes: new Uint8Array() }, top });

export const answerOf = (top: number): Answer => ({
  ok: true,
  value: [{ index: top, label: '', probability: 1 }],
  decodeMs: 1,
  networkMs: 2,
});

const echo = (one: Task): Answer => answerOf(one.kind === 'classify' ? one.top : 0);

export function fakeWorker(): FakeWorker {
  let tasks: readonly Task[] = [];
  const runs: (readonly Task[])[] = [];
  let isEnded = false;
  let listeners: { onMessage: (message: FromWorker) => void; onGone: (reason: string) => void } | undefined;
  const gone = (reason: string): void => {
    if (isEnded) return;
    isEnded = true;
    listeners?.onGone(reason);
  };
  return {
    get tasks() {
      return tasks;
    },
    runs,
    get isEnded() {
      return isEnded;
    },
    post(message: ToWorker) {
      if (message.type !== 'run') return;
      tasks = message.tasks;
      runs.push(tasks);
    },
    listen: (onMessage, onGone) => {
      listeners = { onMessage, onGone };
    },
    end: async () => gone('it was ended'),
    ready: (facts = {}) => listeners?.onMessage({ type: 'ready', facts: { ...FACTS, ...facts }, memory: MEMORY }),
    refuse: (message) => listeners?.onMessage({ type: 'refused', message }),
    answer(toAnswer = echo) {
      const answers = tasks.map(toAnswer);
      tasks = [];
      listeners?.onMessage({ type: 'done', answers, memory: MEMORY });
    },
    die: (reason = 'it exited with code 1') => gone(reason),
  };
}
