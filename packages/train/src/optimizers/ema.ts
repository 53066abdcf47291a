import {
  ConfigError,
  compareStateDict,
  constant,
  formatDifferences,
  type Module,
  Parameter,
  parameters,
  type StateDict,
  StateDictError,
} from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';

export interface EmaOptions {
  /** How much of the average stays at each step. */
  readonly decay?: number;
  /** Starts with less: `min(decay, (1 + steps) / (10 + steps))`, so that the first values are soon forgotten. */
  readonly warmUp?: boolean;
}

/** A running average of a model's weights, which often scores better than the weights themselves. */
export interface Ema {
  readonly config: Readonly<Required<EmaOptions>>;
  /** Moves towards the model's present values; call it after each step. */
  update(): void;
  /** Runs `call` while the model has the averaged values, then gives it its own back. */
  within<T>(call: () => Promise<T>): Promise<T>;
  /** The averaged values as a state dict of the model, and `ema_updates`, how many updates there were. */
  stateDict(): Promise<StateDict>;
  /** @throws StateDictError if something is missing or has another shape; nothing has changed then. */
  loadStateDict(dict: StateDict): void;
  dispose(): void;
}

/** Where the number of updates is kept among the averaged values. */
const UPDATES = 'ema_updates';

/**
 * Averages every parameter and the batch norms' running statistics exponentially, as timm's `ModelEmaV2` does; it starts
 * from the model's values at the first update.
 *
 * @throws ConfigError unless the decay is from 0 to 1.
 */
export function ema(model: Module, { decay = 0.999, warmUp = true }: EmaOptions = {}): Ema {
  if (!(decay >= 0 && decay < 1)) throw new ConfigError(`ema: 'decay' must be a number from 0, below 1, but is ${decay}.`);
  const own = parameters(model);
  const averages = new Map(
    [...own].map(([name, { shape, layout }]) => [name, new Parameter(shape, { layout, role: 'buffer', initializer: constant(0) })]),
  );
  let updates = 0;
  const dispose = () => {
    for (const average of averages.values()) average.dispose();
    updates = 0;
  };
  return {
    config: { decay, warmUp },
    update() {
      const keep = warmUp ? Math.min(decay, (1 + updates) / (10 + updates)) : decay;
      for (const [name, average] of averages) {
        const { variable } = own.get(name) as Parameter;
        if (!average.hasValues) average.assign(new Float32Array(average.size));
        const moved = tf.tidy(() =>
          updates === 0 ? tf.clone(variable) : tf.add(tf.mul(average.variable, keep), tf.mul(variable, 1 - keep)),
        );
        average.variable.assign(moved);
        moved.dispose();
      }
      updates++;
    },
    async within(call) {
      if (updates === 0) return call();
      const kept = [...own].map(([name, { variable }]) => {
        const value = tf.clone(variable);
        variable.assign((averages.get(name) as Parameter).variable);
        return { variable, value };
      });
      try {
        return await call();
      } finally {
        for (const { variable, value } of kept) variable.assign(value);
        tf.dispose(kept.map(({ value }) => value));
      }
    },
    async stateDict() {
      const dict: StateDict = new Map([[UPDATES, { shape: [], data: Float32Array.of(updates) }]]);
      if (updates > 0) for (const [name, average] of averages) dict.set(name, { shape: [...average.shape], data: await average.read() });
      return dict;
    },
    loadStateDict(dict) {
      const count = dict.get(UPDATES)?.data[0];
      const wanted = new Map<string, { readonly shape: readonly number[] }>([[UPDATES, { shape: [] }], ...(count === 0 ? [] : averages)]);
      const faults = formatDifferences(compareStateDict(wanted, dict));
      if (count === undefined || faults) throw new StateDictError(`The averaged weights do not fit the model: ${faults}.`);
      dispose();
      updates = count;
      if (count > 0) for (const [name, average] of averages) average.assign(dict.get(name)?.data as Float32Array);
    },
    dispose,
  };
}
