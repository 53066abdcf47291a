import type { Module } from './module.ts';
import { parameters } from './named-modules.ts';

/** Parts of a network that are trained alike: names of parameters. */
export interface LayerGroup {
  /** `stem`, `layer3`, `fc`. */
  readonly name: string;
  readonly names: readonly string[];
}

/** Dotted names of the parts that groups are named for; what lies between goes with the one before. */
interface Stages {
  readonly stageNames: readonly string[];
  readonly headName: string;
}

/**
 * A network's parameters in groups, first layers first and the head last, for rates that differ by depth and for
 * unfreezing step by step.
 *
 * Groups are the stages that the network names (`stageNames` and `headName`, as those of `@resnetjs/zoo` do). One that names none
 * has them told by their names: parts of layers of layers are stages; where one part has all of them, those in it. Layers before
 * the first stage are the stem; those between are with the stage before.
 */
export function layerGroups(model: Module): LayerGroup[] {
  const trained = [...parameters(model)].filter(([, { role }]) => role !== 'buffer').map(([name]) => name);
  const { stageNames, headName } = namesStages(model) ? model : stagesByName(trained);
  const parts = [...stageNames, headName];
  const groups: { name: string; names: string[] }[] = [];
  for (const name of trained) {
    const part = parts.find((own) => name === own || name.startsWith(`${own}.`)) ?? groups.at(-1)?.name ?? 'stem';
    const group = groups.find((known) => known.name === part);
    if (group) group.names.push(name);
    else groups.push({ name: part, names: [name] });
  }
  return groups;
}

const namesStages = (model: Module): model is Module & Stages => 'stageNames' in model && 'headName' in model;

function stagesByName(trained: readonly string[]): Stages {
  const parts = partsOf(trained, '');
  const stages = parts.filter(isStage);
  const [only] = stages;
  const divided =
    stages.length === 1 && only ? parts.flatMap((part) => (part === only ? partsOf(part.names, `${part.name}.`) : [part])) : parts;
  return { stageNames: divided.filter(isStage).map(({ name }) => name), headName: divided.at(-1)?.name ?? '' };
}

/** What lies directly below a prefix, in order. */
function partsOf(names: readonly string[], prefix: string): LayerGroup[] {
  const parts = new Map<string, string[]>();
  for (const name of names) {
    const key = prefix + name.slice(prefix.length).split('.')[0];
    parts.set(key, [...(parts.get(key) ?? []), name]);
  }
  return [...parts].map(([name, own]) => ({ name, names: own }));
}

/** Whether there are layers in its layers: `layer1.0.conv1.weight`. */
const isStage = ({ name, names }: LayerGroup): boolean => names.some((own) => own.slice(name.length + 1).split('.').length > 2);
