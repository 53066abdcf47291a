import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lineChart } from '@resnetjs/train/report';
import { run, type Terminal } from 'resnetjs';
import { type EpochErrors, readEpochs } from './read-epochs.ts';

export interface TrainingStudyOptions {
  readonly networks: readonly string[];
  readonly out: string;
  readonly config?: string;
  /** Passed on to `resnet train`. */
  readonly more?: readonly string[];
}

/**
 * Trains networks by one recipe, each in a folder of its own, and draws their errors. What an earlier call has trained is kept: one that
 * was stopped goes on where it stood.
 *
 * @returns the exit code: that of the first training that fails, 0 if none does.
 */
export async function trainingStudy(data: string, options: TrainingStudyOptions, terminal: Terminal): Promise<number> {
  const { networks, out, config, more = [] } = options;
  await mkdir(out, { recursive: true });
  const results = new Map<string, readonly EpochErrors[]>();
  for (const network of networks) {
    const folder = join(out, network);
    if (!existsSync(join(folder, 'model.safetensors'))) {
      // The paper's figures are of the test error; nothing is chosen by it.
      const fresh = [data, '--model', network, '--validate-on', 'test', ...(config === undefined ? [] : ['--config', config]), ...more];
      const code = await run(['train', ...(existsSync(join(folder, 'recipe.json')) ? ['--resume'] : fresh), '--out', folder], terminal);
      if (code !== 0) return code;
      if (!existsSync(join(folder, 'model.safetensors'))) return 0; // stopped by Ctrl-C
    }
    results.set(network, readEpochs(await readFile(join(folder, 'epochs.csv'), 'utf8')));
    await writeFile(join(out, 'errors.csv'), table(results));
    await writeFile(join(out, 'errors.svg'), picture(results));
  }
  terminal.stdout.write(`${table(results)}${join(out, 'errors.svg')}\n`);
  return 0;
}

const table = (results: ReadonlyMap<string, readonly EpochErrors[]>): string =>
  [
    'network,epoch,training_error,test_error,training_loss',
    ...[...results].flatMap(([network, epochs]) =>
      epochs.map(({ epoch, training, test, loss }) => [network, epoch, training.toFixed(4), test.toFixed(4), loss.toFixed(4)].join(',')),
    ),
  ]
    .map((line) => `${line}\n`)
    .join('');

/** Solid lines: training; dashed: test. As figure 6 of the ResNet paper has them. */
const picture = (results: ReadonlyMap<string, readonly EpochErrors[]>): string =>
  lineChart(
    [...results].flatMap(([network, epochs], group) => [
      { name: `${network}, training`, group, points: epochs.map(({ epoch, training }) => [epoch, 100 * training] as const) },
      { name: `${network}, test`, group, dashed: true, points: epochs.map(({ epoch, test }) => [epoch, 100 * test] as const) },
    ]),
    { title: 'Error by epoch', x: 'epoch', y: 'error in %', width: 720, height: 440 },
  );
