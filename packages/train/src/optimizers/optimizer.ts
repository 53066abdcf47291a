import { asFloats, ConfigError, type Module, type Parameter, parameters, type StateDict } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { checkState, freshState, type OptimizerState, parametersIn, readState, writeState } from './optimizer-state.ts';
import { optionsByName, type ParameterGroup, type ParameterOptions } from './parameter-group.ts';
import type { StepRates, UpdateRule } from './update-rule.ts';

/** Changes a model's parameters by their gradients. Its state is keyed by the parameters' dotted names. */
export interface Optimizer {
  /** The rule and its options as plain JSON, so that a checkpoint can say what it was trained with. */
  readonly config: Readonly<Record<string, unknown>>;
  /**
   * Changes every parameter that has a gradient.
   *
   * @param grads by dotted name, in the stored layout, as `gradients` gives them; they stay the caller's.
   * @throws ConfigError for a gradient of something that is not in the model.
   */
  step(grads: ReadonlyMap<string, tf.Tensor>, rates: StepRates): void;
  /** What it keeps, as `momentum_buffer.conv1.weight` and `step.conv1.weight`, in PyTorch's layout. */
  stateDict(): Promise<StateDict>;
  /**
   * Takes up a kept state.
   *
   * @throws StateDictError listing what does not fit the model or the rule; nothing has changed then.
   */
  loadStateDict(state: StateDict): void;
  /** Frees what it keeps and forgets its steps; the model stays. */
  dispose(): void;
}

/**
 * Makes an optimizer of an update rule.
 *
 * @param options the rule's, and `groups` of parameters for which other options hold
 * @throws ConfigError if the groups do not fit the model.
 */
export function optimizer<O extends object>(rule: UpdateRule<O>, model: Module, { groups = [], ...own }: WithGroups<O>): Optimizer {
  const defaults = own as unknown as O;
  const optionsOf = optionsByName(model, defaults, groups);
  const known = parameters(model);
  const kept = new Map<string, OptimizerState>();
  const slotsOf = (name: string) => rule.slots((optionsOf.get(name) as ParameterOptions<O>).options);
  const start = (name: string) => {
    const state = freshState(known.get(name) as Parameter, slotsOf(name));
    kept.set(name, state);
    return state;
  };
  const dispose = () => {
    for (const { slots } of kept.values()) for (const slot of slots.values()) slot.dispose();
    kept.clear();
  };

  return {
    config: { rule: rule.name, ...own, ...(groups.length && { groups }) },
    step(grads, { learningRate, momentum }) {
      for (const [name, gradient] of grads) {
        const settings = optionsOf.get(name);
        if (!settings) throw new ConfigError(`The optimizer was given a gradient of '${name}', which its model does not have.`);
        const { variable } = known.get(name) as Parameter;
        const state = kept.get(name) ?? start(name);
        const slots = [...state.slots.values()].map((slot) => slot.variable);
        const options = momentum === undefined ? settings.options : rule.withMomentum(settings.options, momentum);
        tf.tidy(() => {
          const update = {
            parameter: variable,
            gradient: asFloats(rule.name, gradient),
            slots,
            step: ++state.step,
            learningRate: learningRate * settings.rateScale,
          };
          const [value, ...next] = rule.update(update, options);
          variable.assign(value as tf.Tensor);
          for (const [i, slot] of slots.entries()) slot.assign(next[i] as tf.Tensor);
        });
      }
    },
    stateDict: () => writeState(kept),
    loadStateDict(dict) {
      checkState(dict, known, slotsOf);
      dispose();
      for (const name of parametersIn(dict)) readState(dict, name, start(name));
    },
    dispose,
  };
}

/** An update rule's options, and the groups for which others hold. */
export type WithGroups<O extends object> = O & { readonly groups?: readonly ParameterGroup<O>[] };
