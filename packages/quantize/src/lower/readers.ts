import type { FoldedPass, FoldedStep } from '@resnetjs/core';

/** The values that a step reads. */
export function inputsOf(step: FoldedStep): number[] {
  if (step.kind === 'conv') return [step.input, ...(step.residual === undefined ? [] : [step.residual])];
  if (step.kind === 'norm') return [...step.inputs];
  return step.operands.filter((operand) => typeof operand === 'number');
}

/** Operations that are computed on integers wherever one of their images is such. */
export const ON_INTEGERS: ReadonlySet<string> = new Set([
  'add',
  'addRelu',
  'averagePool',
  'concat',
  'globalAveragePool',
  'maxPool',
  'paddedShortcut',
  'relu',
  'scaleChannels',
]);

/** What decides how much of a channel passes, by operation: the place of that operand. */
const GATES: Readonly<Record<string, number>> = { scaleChannels: 1, weightedSum: 2 };
const POOLS = new Set(['globalAveragePool', 'averagePool']);

/** Which steps are computed on integers, and who reads a value as what. */
export function readersOf({ steps, output }: FoldedPass, staysFloat: (name: string) => boolean) {
  const readers = new Map<number, FoldedStep[]>();
  for (const step of steps) for (const value of inputsOf(step)) readers.set(value, [...(readers.get(value) ?? []), step]);
  const gates = gateSteps(steps);
  const onIntegers = (step: FoldedStep): boolean =>
    step.kind === 'operation' ? ON_INTEGERS.has(step.op) : !gates.has(step) && !staysFloat(step.name);
  const readsAsInteger = (step: FoldedStep, value: number): boolean => onIntegers(step) && !(gateOf(step) === value);
  return {
    onIntegers,
    wantedAsInteger: (value: number): boolean => (readers.get(value) ?? []).some((step) => readsAsInteger(step, value)),
    wantedAsFloat: (value: number): boolean => value === output || (readers.get(value) ?? []).some((step) => !readsAsInteger(step, value)),
  };
}

function gateOf(step: FoldedStep): number | undefined {
  const place = step.kind === 'operation' ? GATES[step.op] : undefined;
  return place === undefined ? undefined : ((step as { readonly operands: readonly unknown[] }).operands[place] as number);
}

/** Layers between a pooling and a gate: they cost nothing, and what they decide acts on whole channels, so that they stay in float. */
function gateSteps(steps: readonly FoldedStep[]): ReadonlySet<FoldedStep> {
  const makers = new Map(steps.map((step) => [step.output, step]));
  const found = new Set<FoldedStep>();
  const follow = (value: number | undefined): void => {
    const maker = value === undefined ? undefined : makers.get(value);
    if (!maker || found.has(maker) || (maker.kind === 'operation' && POOLS.has(maker.op))) return;
    found.add(maker);
    for (const input of inputsOf(maker)) follow(input);
  };
  for (const step of steps) follow(gateOf(step));
  return found;
}
