import { loadStateDict, type Module, parameters } from '@resnetjs/core';
import { formulaTensor } from '@resnetjs/testing';

/** Gives a model the formula's weights. */
export function withFormulaWeights<M extends Module>(model: M): M {
  loadStateDict(model, new Map([...parameters(model)].map(([name, { shape }]) => [name, formulaTensor(name, shape)])), { adopt: true });
  return model;
}
