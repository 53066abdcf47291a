import { type Module, namedModules, parameters, type Trace, type TraceCall, type TraceNode, trace } from '@resnetjs/core';
import { type Backbone, createModel, modelInfo } from '@resnetjs/zoo';
import type { Architecture, Block, Costs, Part, Stage } from './architecture.ts';
import { type CallTree, callTree, type Item, isCall } from './call-tree.ts';
import { findShortcut } from './find-shortcut.ts';

/**
 * A network of the zoo as it is drawn, for one image of the size it was published for. Needs no backend and no weights.
 *
 * @throws ConfigError for an unknown name, with the nearest one.
 */
export function describeArchitecture(name: string): Architecture {
  const { inputSize, paper } = modelInfo(name);
  return architectureOf(createModel(name), { name, paper, inputShape: [1, inputSize, inputSize, 3] });
}

/** The same for a given network. */
export function architectureOf(
  model: Backbone,
  { name, paper, inputShape }: Pick<Architecture, 'name' | 'paper' | 'inputShape'>,
): Architecture {
  const view = viewOf(model, inputShape);
  const stages: Stage[] = [];
  let waiting: Item[] = []; // what comes before a stage: the stem, or a transition, which is the next stage's
  const close = (stageName: string, items: readonly Item[]) => {
    const all = [...waiting, ...items];
    if (all.length > 0) stages.push(stageOf(stageName, all, view));
    waiting = [];
  };
  for (const item of withoutWrappers(callTree(view.traced), view.stages)) {
    const stageName = isCall(item) ? view.stages.get(item.call.module) : undefined;
    if (stageName === undefined) waiting.push(item);
    else {
      if (stages.length === 0) close('stem', []);
      close(stageName, isCall(item) ? withoutSequentials(item) : []);
    }
  }
  close('head', []);
  return { name, paper, inputShape, stages, ...sum(stages) };
}

/** What is looked up again and again while a network is described. */
interface View {
  readonly traced: Trace;
  readonly names: ReadonlyMap<Module, string>;
  readonly stages: ReadonlyMap<Module, string>;
}

function viewOf(model: Backbone, inputShape: readonly number[]): View {
  const named = new Map(namedModules(model));
  const names = new Map([...named].map(([name, part]) => [part, name]));
  const stages = new Map(model.stageNames.flatMap((name) => (named.has(name) ? [[named.get(name) as Module, name]] : [])));
  return { traced: trace(model, inputShape), names, stages };
}

/** The network's items, where parts that hold stages are opened: DenseNets keep theirs in `features`. */
function withoutWrappers(tree: CallTree, stages: View['stages']): Item[] {
  const holdsStage = (item: Item): boolean =>
    isCall(item) && item.items.some((i) => isCall(i) && (stages.has(i.call.module) || holdsStage(i)));
  return tree.items.flatMap((item) => (isCall(item) && holdsStage(item) ? withoutWrappers(item, stages) : [item]));
}

/** A stage's items; sequences in it are opened, blocks are not. */
const withoutSequentials = (tree: CallTree): Item[] =>
  tree.items.flatMap((item) => (isCall(item) && item.call.module.kind === 'sequential' ? withoutSequentials(item) : [item]));

function stageOf(name: string, items: readonly Item[], view: View): Stage {
  const blocks: Block[] = [];
  let row: Item[] = []; // layers that follow one another, drawn as one box
  const close = () => {
    if (row.length > 0) blocks.push(rowOf(row, view));
    row = [];
  };
  for (const item of items) {
    if (isCall(item) && isBlock(item)) {
      close();
      blocks.push(blockOf(item, view));
    } else if (isCall(item) || item.op !== 'concat') {
      if (!followsOn(item)) close();
      row.push(item);
    }
  }
  close();
  const outputShape = outputOf(items.at(-1) as Item).shape;
  const concatenated = items.filter((item): item is TraceNode => !isCall(item) && item.op === 'concat');
  return { name, outputShape, blocks, ...sum([...blocks, ...concatenated.map(costsOfNode)]) };
}

const isBlock = ({ items }: CallTree): boolean => items.some(isCall);

/** Norms and activations stand in the box of the layer before them. */
const followsOn = (item: Item): boolean =>
  isCall(item) ? item.call.module.kind.endsWith('norm') : !/pool/i.test(item.op) && item.op !== 'input';

function blockOf(tree: CallTree, view: View): Block {
  const { call } = tree;
  const name = view.names.get(call.module) ?? '';
  const { shortcut, nodes } = findShortcut(call, view.traced.nodes);
  return {
    name,
    kind: call.module.kind,
    shortcut,
    outputShape: call.output.shape,
    parts: partsOf(tree.items, { view, prefix: name ? `${name}.` : '', onShortcut: nodes }),
    ...costsOfCall(call, view),
  };
}

function rowOf(items: readonly Item[], view: View): Block {
  const parts = partsOf(items, { view, prefix: '', onShortcut: new Set() });
  return {
    name: parts.map(({ name }) => name).find(Boolean) ?? '',
    kind: parts.map(({ kind }) => kind).join(', '),
    shortcut: 'none',
    outputShape: outputOf(items.at(-1) as Item).shape,
    parts,
    ...sum(parts),
  };
}

interface PartsOptions {
  readonly view: View;
  /** What names leave out. */
  readonly prefix: string;
  readonly onShortcut: ReadonlySet<TraceNode>;
}

/** Layers and the operations between them, however deep they lie. */
const partsOf = (items: readonly Item[], options: PartsOptions): Part[] =>
  items.flatMap((item): Part[] => {
    if (isCall(item) && isBlock(item)) return partsOf(item.items, options);
    const node = outputOf(item);
    const common = { outputShape: node.shape, onShortcut: options.onShortcut.has(node) };
    if (!isCall(item)) return [{ name: '', kind: OPERATIONS[node.op] ?? node.op, ...common, ...costsOfNode(node) }];
    const { module } = item.call;
    const name = options.view.names.get(module) ?? '';
    const shortName = name.startsWith(options.prefix) ? name.slice(options.prefix.length) : name;
    return [{ name: shortName, kind: module.kind, ...common, ...costsOfCall(item.call, options.view) }];
  });

const OPERATIONS: Readonly<Record<string, string>> = {
  relu: 'ReLU',
  add: 'sum with the shortcut',
  addRelu: 'sum with the shortcut, ReLU',
  highway: 'gate T: T·F(x) + (1 − T)·x',
  concat: 'concatenate',
  maxPool: 'max pool',
  averagePool: 'average pool',
  globalAveragePool: 'global average pool',
  paddedShortcut: 'subsample, pad with zero channels',
  reshape: 'flatten',
  scaleChannels: 'scale channels',
  zeroPad: 'pad with zeros',
};

const outputOf = (item: Item): TraceNode => (isCall(item) ? item.call.output : item);

const BYTES_PER_FLOAT = 4;

const costsOfNode = ({ macs, shape }: TraceNode): Costs => ({
  params: 0,
  macs,
  activationBytes: BYTES_PER_FLOAT * shape.reduce((product, d) => product * d, 1),
});

function costsOfCall({ module, first, end }: TraceCall, { traced }: View): Costs {
  const params = [...parameters(module).values()].reduce((total, { role, size }) => total + (role === 'buffer' ? 0 : size), 0);
  return { ...sum(traced.nodes.slice(first, end).map(costsOfNode)), params };
}

const sum = (all: readonly Costs[]): Costs =>
  all.reduce<Costs>(
    (total, { params, macs, activationBytes }) => ({
      params: total.params + params,
      macs: total.macs + macs,
      activationBytes: total.activationBytes + activationBytes,
    }),
    { params: 0, macs: 0, activationBytes: 0 },
  );
