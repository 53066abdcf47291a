import { type Mode, type Module, module, type Parts, removeBlocks, scoped } from '@resnetjs/core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * A network as stem, stages, pooling and head, so that other heads can stand on any of its stages. Its methods are not
 * called `stages` or `features`: those are parts of some networks.
 */
export interface Backbone extends Module {
  /** What it was built from: plain JSON, so that it can travel with a checkpoint. */
  readonly config: BackboneConfig;
  /**
   * Every stage's output `[N,H,W,C]`, finest first.
   *
   * @param x `[N,H,W,C]`
   * @returns tensors owned by the caller.
   */
  forwardStages(x: Tensor, mode: Mode): Tensor[];
  /** Names of the stages, finest first: of parts of the model that {@link forwardStages} runs, each with what follows it. */
  readonly stageNames: readonly string[];
  /** The last stage's output pooled over all pixels: `[N,C]`, the image's embedding. */
  embed(last: Tensor, mode?: Mode): Tensor;
  /** Dotted name of the layer that gives the logits. */
  readonly headName: string;
}

/** What every network's config may say. */
export interface BackboneConfig {
  /** Names of blocks that are gone, as `removeBlocks` leaves a network: what is left keeps its names. */
  readonly removedBlocks?: readonly string[];
}

/** A stage that is more than one part of the network: what it is called, and how it is run. */
export interface Stage<P> {
  /** Dotted name of a part that {@link Stage.run} runs. */
  readonly name: string;
  readonly run: (m: P, x: Tensor, mode: Mode) => Tensor;
}

/** How the parts of a network follow one another. Parts are read from `m`, for they may be replaced. */
export interface Wiring<P extends Parts> {
  readonly config: BackboneConfig;
  readonly stem: (m: P, x: Tensor, mode: Mode) => Tensor;
  /** In order; those that are one part of the network by its dotted name. */
  readonly stages: readonly (string | Stage<P>)[];
  readonly embed: (m: P, last: Tensor, mode: Mode) => Tensor;
  readonly head: (m: P, embedding: Tensor, mode: Mode) => Tensor;
  /** Dotted name of the layer that gives the logits. */
  readonly headName?: string;
}

/** A network of named parts, wired as stem → stages → pooling → head. */
export function backbone<P extends Parts>(kind: string, parts: P, wiring: Wiring<P>): P & Backbone {
  const stages = wiring.stages.map((stage) => (typeof stage === 'string' ? partStage<P>(stage) : stage));
  const network = module(kind, parts, (m, x, mode) => {
    const last = stages.reduce((h, { run }) => run(m, h, mode), wiring.stem(m, x, mode));
    return wiring.head(m, wiring.embed(m, last, mode), mode);
  });
  const whole = Object.assign(network, {
    config: wiring.config,
    stageNames: stages.map(({ name }) => name),
    headName: wiring.headName ?? 'fc',
    forwardStages(x: Tensor, mode: Mode): Tensor[] {
      return scoped(x, () => {
        const outputs: Tensor[] = [];
        let h = wiring.stem(network, x, mode);
        for (const { run } of stages) {
          h = run(network, h, mode);
          outputs.push(h);
        }
        return outputs;
      });
    },
    embed: (last: Tensor, mode: Mode = 'eval') => scoped(last, () => wiring.embed(network, last, mode)),
  });
  return removeBlocks(whole, wiring.config.removedBlocks ?? []);
}

const partStage = <P>(name: string): Stage<P> => ({ name, run: (m, x, mode) => (partAt(m, name) as Module).forward(x, mode) });

/** What a network has at a dotted name. */
export const partAt = (whole: unknown, name: string): unknown =>
  name.split('.').reduce<unknown>((part, key) => Reflect.get(part as object, key), whole);
