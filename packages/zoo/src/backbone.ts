import { type Mode, type Module, module, namedModules, type Parts } from '@resnetjs/core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * A network as stem, stages, pooling and head, so that other heads can stand on any of its stages. Its methods are not
 * called `stages` or `features`: those are parts of some networks.
 */
export interface Backbone extends Module {
  /** What it was built from: plain JSON, so that it can travel with a checkpoint. */
  readonly config: object;
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

/** How the parts of a network follow one another. */
export interface Wiring<P extends Parts> {
  readonly config: object;
  readonly stem: (m: P, x: Tensor, mode: Mode) => Tensor;
  /** The stages' own modules, in order. */
  readonly stages: readonly Module[];
  /** What stages are called that are no parts of the network themselves. */
  readonly stageNames?: readonly string[];
  readonly embed: (m: P, last: Tensor, mode: Mode) => Tensor;
  readonly head: (m: P, embedding: Tensor, mode: Mode) => Tensor;
  /** Dotted name of the layer that gives the logits. */
  readonly headName?: string;
}

/** A network of named parts, wired as stem → stages → pooling → head. */
export function backbone<P extends Parts>(kind: string, parts: P, wiring: Wiring<P>): P & Backbone {
  const run = (m: P, x: Tensor, mode: Mode) => wiring.stages.reduce((h, stage) => stage.forward(h, mode), wiring.stem(m, x, mode));
  const network = module(kind, parts, (m, x, mode) => wiring.head(m, wiring.embed(m, run(m, x, mode), mode), mode));
  const named = new Map([...namedModules(network)].map(([name, part]) => [part, name]));
  return Object.assign(network, {
    config: wiring.config,
    stageNames: wiring.stageNames ?? wiring.stages.map((stage) => named.get(stage) as string),
    headName: wiring.headName ?? 'fc',
    forwardStages(x: Tensor, mode: Mode): Tensor[] {
      const outputs: Tensor[] = [];
      let h = wiring.stem(network, x, mode);
      for (const stage of wiring.stages) {
        h = stage.forward(h, mode);
        outputs.push(h);
      }
      return outputs;
    },
    embed: (last: Tensor, mode: Mode = 'eval') => wiring.embed(network, last, mode),
  });
}
