import { linearUniform } from '../initializer.ts';
import { type Module, module } from '../module.ts';
import { linear as multiply } from '../ops/linear.ts';
import { Parameter } from '../parameter.ts';

export interface Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
}

/** A fully connected layer with a bias, `[N,inFeatures]` to `[N,outFeatures]`. */
export function linear(inFeatures: number, outFeatures: number): Linear {
  return module(
    'linear',
    {
      weight: new Parameter([outFeatures, inFeatures], { layout: 'OI', role: 'weight', initializer: linearUniform(inFeatures) }),
      bias: new Parameter([outFeatures], { role: 'bias', initializer: linearUniform(inFeatures) }),
    },
    (m, x) => multiply([x, m.weight, m.bias], {}),
  );
}
