import { library } from '../../tsdown.config.base.ts';

const families = ['cifar', 'densenet', 'highway', 'mlp', 'preact', 'resnet', 'resnetv2', 'resnext', 'wide'];

export default library(['src/index.ts', ...families.map((name) => `src/${name}.ts`)]);
