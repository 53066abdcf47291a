import { type BlockShortcut, type Module, type ResidualBlock, residualBlocks, type TraceNode } from '@resnetjs/core';
import { ExplainError } from '../explain-error.ts';
import { offer } from '../pass/layer.ts';
import { isNode, type WrittenPass, writtenPass } from '../pass/written-pass.ts';

/** A block of a network, and where it stands in its pass. */
export interface Block {
  readonly name: string;
  readonly block: ResidualBlock;
  /** What it adds its residual to; `'none'`: a block of a plain network. */
  readonly shortcut: BlockShortcut['kind'];
  /** Whether its output has another shape than its input. */
  readonly resizes: boolean;
  readonly input: TraceNode;
  readonly output: TraceNode;
  /** The node where the residual meets the shortcut: reads F(x), then the shortcut. Absent in a plain network. */
  readonly join?: TraceNode;
}

export interface BlocksInPass {
  readonly pass: WrittenPass;
  /** In the order in which they run. Those that are skipped already are no part of the network. */
  readonly blocks: readonly Block[];
}

/**
 * The blocks of a network, and its pass on images of a shape.
 *
 * @param what is done, for messages
 * @throws ExplainError for a predictor, or a network without blocks.
 */
export function blocksOf(what: string, model: Module, inputShape: readonly number[]): BlocksInPass {
  const pass = writtenPass(model, [1, ...inputShape.slice(1)]);
  const { nodes, calls } = pass.trace;
  const blocks = [...residualBlocks(model)].flatMap(([name, block]): Block[] => {
    const own = calls.filter(({ module }) => module === block);
    const [call] = own;
    if (!call || own.length > 1 || block.skipped) return [];
    const inside = nodes.slice(call.first, call.end);
    const input = inside.flatMap((node) => node.inputs.filter(isNode)).find(({ id }) => id < call.first);
    if (!input) return [];
    // Where branches meet, the residual is read first: of what the block itself runs, the last that reads two values.
    const join = inside.findLast((node) => node.module === block && node.inputs.filter(isNode).length > 1);
    const { kind, resizes } = block.blockShortcut;
    return [{ name, block, shortcut: kind, resizes, input, output: call.output, ...(join && kind !== 'none' && { join }) }];
  });
  if (blocks.length === 0)
    throw new ExplainError(
      `${what}: ${model.kind} has no residual blocks. ` +
        'A DenseNet has none either: its layers put what they make beside what came, where a residual block adds it.',
    );
  return { pass, blocks: blocks.toSorted((a, b) => a.output.id - b.output.id) };
}

/** @throws ExplainError naming the nearest blocks, where none has the name. */
export function namedBlock(what: string, blocks: readonly Block[], name: string): Block {
  const found = blocks.find((block) => block.name === name);
  if (found) return found;
  throw new ExplainError(
    `${what}: there is no block '${name}'. ${offer(
      name,
      blocks.map((block) => block.name),
    )}`,
  );
}
