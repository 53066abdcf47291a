import * as tf from '@tensorflow/tfjs-core';
import { OutOfMemoryError } from './backend-error.ts';
import type { Heap } from './heap.ts';
import { type Command, Recording } from './recording.ts';
import type { DataId } from './start-tfjs.ts';
import type { ThreadPool } from './thread-pool.ts';

/** What passes run on. */
export interface Machine {
  readonly heap: Heap;
  readonly pool: ThreadPool;
  /** The number of kernel calls so far. */
  readonly now: number;
  address(tensor: tf.TensorInfo): number;
  output(shape: readonly number[]): tf.TensorInfo;
  discard(tensor: tf.TensorInfo): void;
}

interface Recorded {
  readonly recording: Recording;
  readonly input: number;
  readonly result: number;
  readonly resultShape: readonly number[];
}

/** A network's recording, for its latest input shape. */
interface Entry {
  readonly shape: string;
  recorded: Recorded | undefined;
  /** Whether recording was tried in vain, or the recording was given up for others' memory. */
  refused: boolean;
  /** When the recording was repeated last. */
  used: number;
}

/**
 * Passes of networks that were recorded, at most one for each network. Between kernels, caches full of pixels make JavaScript slow: of a
 * ResNet-50's time for one image it took 4 %, of a DenseNet-121's 10 %, and twice that where two threads halve the rest.
 *
 * A pass is recorded the second time that it sees a shape: the first packs its filters, and who changes shapes all the time is spared
 * the memory. It is repeated only if all of it was work of our kernels. It is freed with the tensor that it belongs to, and with any other
 * that it reads.
 *
 * This owns what is being recorded: whatever runs says so here.
 */
export class Recordings {
  readonly #machine: Machine;
  readonly #entries = new Map<DataId, Entry>();
  #current: Recording | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get isRecording(): boolean {
    return this.#current !== undefined;
  }

  /** A kernel of ours is called. */
  called(command: Command): void {
    this.#current?.commands.push(command);
  }

  /** A kernel of ours is given the address of these values, or of a copy that goes with them. */
  given(dataId: DataId): void {
    this.#current?.reads.add(dataId);
  }

  /** The kernels that follow may set the integer at this address, and then their result is not to be used. */
  mayFlag(address: number): void {
    if (this.#current) this.#current.flag = address;
  }

  /** What happens now is no call of a kernel of ours: a pass with it cannot be repeated by such calls. */
  endRecording(): void {
    this.#current?.fail();
  }

  /**
   * `forward(x)`, by the recorded calls where there are some.
   *
   * @param owner a tensor that stands for `forward`, of which nothing but `x` changes
   */
  run(x: tf.Tensor, owner: tf.Tensor, forward: (x: tf.Tensor) => tf.Tensor): tf.TensorInfo {
    if (x.dtype !== 'float32' || x.size === 0 || this.isRecording || tf.engine().state.gradientDepth > 0) return forward(x);
    const shape = x.shape.join();
    const entry = this.#entries.get(owner.dataId);
    if (entry?.shape !== shape) {
      entry?.recorded?.recording.dispose();
      this.#entries.set(owner.dataId, { shape, recorded: undefined, refused: false, used: 0 });
      return forward(x);
    }
    if (entry.refused) return forward(x);
    entry.used = this.#machine.now;
    if (entry.recorded) return this.#result(entry, (recorded) => this.#repeat(recorded, x)) ?? forward(x);
    entry.recorded = this.#record(x, forward);
    entry.refused = !entry.recorded;
    return this.#result(entry, () => true) ?? forward(x);
  }

  /** Frees the recordings that read these values, or belong to them. */
  forget(dataId: DataId): void {
    for (const [owner, { recorded }] of this.#entries) {
      if (owner !== dataId && !recorded?.recording.reads.has(dataId)) continue;
      recorded?.recording.dispose();
      this.#entries.delete(owner);
    }
  }

  /** When the recordings that read these values were repeated last; 0 if there are none. */
  usedAt(dataId: DataId): number {
    const readers = [...this.#entries.values()].filter(({ recorded }) => recorded?.recording.reads.has(dataId));
    return Math.max(0, ...readers.map(({ used }) => used));
  }

  /** When the recording was repeated that was so least lately; undefined if there are none. */
  get oldest(): number | undefined {
    return this.#oldest()?.used;
  }

  /** Frees that recording, and makes none of its network for images of this shape again: memory is short. */
  giveUpOldest(): void {
    const entry = this.#oldest();
    if (!entry) return;
    entry.recorded?.recording.dispose();
    entry.recorded = undefined;
    entry.refused = true;
  }

  #oldest(): Entry | undefined {
    const entries = [...this.#entries.values()].filter(({ recorded }) => recorded);
    return entries.sort((a, b) => a.used - b.used)[0];
  }

  dispose(): void {
    for (const owner of this.#entries.keys()) this.forget(owner);
  }

  #record(x: tf.Tensor, forward: (x: tf.Tensor) => tf.Tensor): Recorded | undefined {
    const machine = this.#machine;
    const from = machine.address(x); // which may bring x here from another backend
    let [input, result, resultShape] = [0, 0, [] as readonly number[]];
    try {
      const recording = this.#tape((recording) => {
        const image = tf.engine().makeTensorFromTensorInfo(machine.output(x.shape));
        try {
          input = machine.address(image);
          machine.heap.copy(from, input, x.size);
          const y = forward(image);
          resultShape = y.shape;
          result = machine.address(y);
          recording.hold(result);
          y.dispose();
        } finally {
          image.dispose();
        }
      });
      return recording && { recording, input, result, resultShape };
    } catch (error) {
      if (error instanceof OutOfMemoryError) return undefined; // it may do without memory of its own
      throw error;
    }
  }

  /** What `pass` does, with memory of its own; nothing if it cannot be repeated. */
  #tape(pass: (recording: Recording) => void): Recording | undefined {
    const { heap } = this.#machine;
    const recording = new Recording({
      allocate: (sizeBytes) => heap.allocate(sizeBytes, 'recordings'),
      free: (address) => heap.free(address),
    });
    this.#current = recording;
    try {
      heap.within(recording, () => pass(recording));
    } catch (error) {
      recording.fail();
      throw error;
    } finally {
      this.#current = undefined;
      recording.finish();
    }
    return recording.failed ? undefined : recording;
  }

  /** @returns whether the result can be used: where a sum is not finite, kernels ask for other ones. */
  #repeat({ recording, input }: Recorded, x: tf.Tensor): boolean {
    const { heap, pool } = this.#machine;
    heap.copy(this.#machine.address(x), input, x.size);
    const repeat = () => {
      for (const { kernel, chunks, args } of recording.commands) pool.run(kernel, chunks, args);
    };
    if (recording.flag !== undefined) return heap.staysClear(recording.flag, repeat);
    repeat();
    return true;
  }

  /** A copy of what `compute` leaves; nothing if it fails, or if the copy's memory was that of the recording. */
  #result(entry: Entry, compute: (recorded: Recorded) => boolean): tf.TensorInfo | undefined {
    if (!entry.recorded) return undefined;
    const { heap } = this.#machine;
    const y = this.#machine.output(entry.recorded.resultShape);
    if (entry.recorded && compute(entry.recorded)) {
      heap.copy(entry.recorded.result, this.#machine.address(y), tf.util.sizeFromShape(y.shape));
      return y;
    }
    this.#machine.discard(y);
    return undefined;
  }
}
