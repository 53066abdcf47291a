import { compareStateDict, constant, formatDifferences, Parameter, type StateDict, StateDictError } from '@resnetjs/core';

/** What an optimizer keeps of one parameter. */
export interface OptimizerState {
  /** How many steps it took. */
  step: number;
  /** By torch's names, in the parameter's shape and layout. */
  readonly slots: ReadonlyMap<string, Parameter>;
}

/** Zeros in the shape and layout of a parameter, for each slot. */
export function freshState({ shape, layout }: Parameter, slots: readonly string[]): OptimizerState {
  const zeros = () => {
    const slot = new Parameter(shape, { layout, role: 'buffer', initializer: constant(0) });
    slot.assign(new Float32Array(slot.size));
    return slot;
  };
  return { step: 0, slots: new Map(slots.map((key) => [key, zeros()])) };
}

const STEP = 'step.';

/** `step.conv1.weight` and `momentum_buffer.conv1.weight`, in PyTorch's layout. */
export async function writeState(kept: ReadonlyMap<string, OptimizerState>): Promise<StateDict> {
  const dict: StateDict = new Map();
  for (const [name, { step, slots }] of kept) {
    dict.set(STEP + name, { shape: [], data: Float32Array.of(step) });
    for (const [key, slot] of slots) dict.set(`${key}.${name}`, { shape: [...slot.shape], data: await slot.read() });
  }
  return dict;
}

/** The parameters that a written state is of. */
export const parametersIn = (dict: StateDict): string[] =>
  [...dict.keys()].filter((key) => key.startsWith(STEP)).map((key) => key.slice(STEP.length));

/** What a written state says of one parameter, which it was checked to have. */
export function readState(dict: StateDict, name: string, into: OptimizerState): void {
  into.step = dict.get(STEP + name)?.data[0] ?? 0;
  for (const [key, slot] of into.slots) slot.assign(dict.get(`${key}.${name}`)?.data ?? new Float32Array(slot.size));
}

/** @throws StateDictError listing all that is missing, unexpected or misshapen. */
export function checkState(dict: StateDict, known: ReadonlyMap<string, Parameter>, slotsOf: (name: string) => readonly string[]): void {
  const names = parametersIn(dict);
  const wanted = new Map<string, { readonly shape: readonly number[] }>(names.map((name) => [STEP + name, { shape: [] }]));
  for (const name of names)
    for (const key of known.has(name) ? slotsOf(name) : []) wanted.set(`${key}.${name}`, { shape: (known.get(name) as Parameter).shape });
  const strange = names.filter((name) => !known.has(name));
  const differences = formatDifferences(compareStateDict(wanted, dict));
  const faults = [
    ...(strange.length ? [`${strange.length} not in the model (${strange.join(', ')})`] : []),
    ...(differences ? [differences] : []),
  ];
  if (faults.length)
    throw new StateDictError(
      `The optimizer's state does not fit: ${faults.join(', ')}. Make the model and the optimizer as they were made for it.`,
    );
}
