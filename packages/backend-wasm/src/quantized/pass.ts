import * as tf from '@tensorflow/tfjs-core';
import { KernelInputError } from '../kernel-input-error.ts';
import { sizeOf } from '../ops/chunks.ts';
import type { Command } from '../recording.ts';
import type { Runtime } from '../runtime.ts';
import { type Compiler, commandOf, compileStep } from './commands.ts';
import { layOut, type Span } from './lifetimes.ts';
import type { PackedPlan } from './packed-plan.ts';
import { type Float, type Plan, reads, type Value } from './plan.ts';

/** What is done in turn: calls of our kernels, and steps that tfjs computes. */
type Work = Command | Float;

/** Where a pass' blocks begin: values and scratch, and the tables that kernels read. */
interface Bases {
  readonly arena: number;
  readonly tables: number;
}

/** What kernels read beyond the last number of a value. */
const BEYOND_BYTES = 64;

const bytesOf = (value: Value, images: number) => images * sizeOf(value) * (value.type === 'f32' ? 4 : 1);

/** A pass over so many images, ready to run: values that are not needed at the same time share memory. */
export class Pass {
  readonly #runtime: Runtime;
  readonly #plan: Plan;
  readonly #images: number;
  readonly #address: number;
  readonly #work: readonly Work[];
  readonly #offsets: readonly number[];

  /** @throws OutOfMemoryError if the memory is full */
  constructor(runtime: Runtime, packed: PackedPlan, images: number) {
    this.#runtime = runtime;
    this.#plan = packed.plan;
    this.#images = images;
    // Once to learn how much memory it takes, and once to name where it is.
    const sizes = compile(runtime, packed, images);
    this.#address = runtime.heap.allocate(sizes.arenaBytes + BEYOND_BYTES + sizes.tables.length * 4, 'recordings');
    const tablesAt = this.#address + sizes.arenaBytes + BEYOND_BYTES;
    const { work, tables, offsets } = compile(runtime, packed, images, { ...sizes, arena: this.#address, tables: tablesAt });
    runtime.heap.integers.set(tables, tablesAt >>> 2);
    this.#work = work;
    this.#offsets = offsets;
  }

  /** Runs the pass: `[N,…]` floats to floats. */
  run(x: tf.TensorInfo): tf.TensorInfo {
    const { heap, pool } = this.#runtime;
    const { input, output } = this.#plan;
    const y = this.#runtime.output(this.#shape(output));
    heap.copy(this.#runtime.address(x), this.#at(input), sizeOf(x));
    for (const work of this.#work)
      if ('run' in work) this.#runFloat(work);
      else pool.run(work.kernel, work.chunks, work.args);
    heap.copy(this.#at(output), this.#runtime.address(y), sizeOf(y));
    return y;
  }

  #at(value: number): number {
    return this.#address + (this.#offsets[value] as number);
  }

  #shape(value: number): number[] {
    return [this.#images, ...(this.#plan.values[value] as Value).shape];
  }

  #runFloat({ inputs, output, run }: Float): void {
    const tensors = inputs.map((id) => {
      const info = this.#runtime.output(this.#shape(id));
      this.#runtime.heap.copy(this.#at(id), this.#runtime.address(info), sizeOf(info));
      return tf.engine().makeTensorFromTensorInfo(info);
    });
    let result: tf.Tensor | undefined;
    try {
      result = run(tensors);
      const expected = this.#shape(output);
      if (result.dtype !== 'float32' || result.shape.join() !== expected.join())
        throw new KernelInputError(
          `a float step: expected float32 [${expected.join()}] but received ${result.dtype} [${result.shape.join()}]`,
        );
      this.#runtime.heap.copy(this.#runtime.address(result), this.#at(output), sizeOf(result));
    } finally {
      tf.dispose([...tensors, ...(result ? [result] : [])]);
    }
  }

  dispose(): void {
    this.#runtime.heap.free(this.#address);
  }
}

function compile(runtime: Runtime, packed: PackedPlan, images: number, known?: Bases & { readonly offsets: readonly number[] }) {
  const { plan } = packed;
  const { arena = 0, tables: tablesAt = 0, offsets: places = [] } = known ?? {};
  const last = new Map<number, number>([[plan.output, plan.steps.length]]);
  for (const [i, step] of plan.steps.entries()) for (const id of reads(step)) if (id !== plan.output) last.set(id, i);
  const first = new Map([[plan.input, -1], ...plan.steps.map(({ output }, i) => [output, i] as const)]);
  // Values in their order, then scratch as it is asked for.
  const spans: Span[] = plan.values.map((value, id) => {
    const from = first.get(id) ?? 0;
    return { sizeBytes: first.has(id) ? bytesOf(value, images) : 0, from, to: last.get(id) ?? from };
  });
  const work: Work[] = [];
  const tables: number[] = [];
  let now = 0;
  const compiler: Compiler = {
    packed,
    images,
    threads: runtime.threads,
    address: (value) => arena + (places[value] ?? 0),
    scratch(sizeBytes) {
      spans.push({ sizeBytes, from: now, to: now });
      return arena + (places[spans.length - 1] ?? 0);
    },
    table(words) {
      const at = tablesAt + tables.length * 4;
      tables.push(...words);
      return at;
    },
    ask: (name, named) => runtime.ask(name, named as never),
    run: (kernel, chunks, named) => work.push(commandOf(kernel, chunks, named)),
  };
  for (const step of plan.steps) {
    if (step.kind === 'float') work.push(step);
    else compileStep(compiler, step);
    now++;
  }
  const { offsets, sizeBytes: arenaBytes } = layOut(spans);
  return { work, tables, offsets, arenaBytes };
}
