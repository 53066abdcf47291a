import { listModels, type ModelInfo, modelInfo, type PublishedWeights, publishedWeights } from '@resnetjs/zoo';
import { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { withExamples } from '../examples.ts';
import { writeJson } from '../print/json.ts';
import { paintFor } from '../print/paint.ts';
import { count, macs } from '../print/quantities.ts';
import { table } from '../print/table.ts';
import type { Terminal } from '../terminal.ts';

export interface ModelsOptions {
  readonly filter?: string;
  /** Only those whose weights can be had by name. */
  readonly weights?: boolean;
  readonly json?: boolean;
}

/** `resnet models` */
export const modelsCommand = (terminal: Terminal): Command =>
  withExamples(
    new Command('models')
      .summary('list the networks that can be built')
      .description('List the networks that can be built by name, with their size and published accuracy.')
      .option('-f, --filter <pattern>', 'only names like this; * stands for anything')
      .option('-w, --weights', 'only those whose weights can be had by name')
      .option('--json', 'print JSON for programs')
      .action((options: ModelsOptions) => models(options, terminal)),
    [
      ['resnet models', 'all of them'],
      ["resnet models --filter '*_cifar'", 'those for images of 32x32'],
      ['resnet models --weights', 'those whose weights can be had by name: resnet predict cat.jpg --weights resnet50'],
    ],
  );

/** @throws CommandError if the filter matches none. */
export function models({ filter, weights, json }: ModelsOptions, terminal: Terminal): void {
  const infos = listModels(filter)
    .map((name) => ({ ...modelInfo(name), weights: publishedWeights(name) }))
    .filter(({ weights: published }) => !weights || published);
  if (infos.length === 0)
    throw new CommandError(`No model is named like '${filter}'. * stands for anything: '*${filter?.replaceAll('*', '')}*'.`);
  if (json) {
    writeJson(terminal, infos);
    return;
  }
  const columns = [
    { title: 'name' },
    { title: 'parameters', align: 'right' },
    { title: 'MACs', align: 'right' },
    { title: 'input', align: 'right' },
    { title: 'top-1 %', align: 'right' },
    { title: 'weights by name' },
    { title: 'licence' },
    { title: 'paper' },
  ] as const;
  terminal.stdout.write(table(columns, infos.map(row), { paint: paintFor(terminal.stdout, terminal) }));
}

/** The figure is that of the weights, where there are some. */
const row = ({
  name,
  params,
  macs: n,
  inputSize,
  accuracy,
  paper,
  weights,
}: ModelInfo & { weights: PublishedWeights | undefined }): string[] => [
  name,
  count(params),
  macs(n),
  String(inputSize),
  (weights ? weights.top1 : accuracy?.top1)?.toFixed(2) ?? '–',
  weights?.repository ?? '–',
  weights?.licence ?? '–',
  paper.replace('https://', ''),
];
