import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { useWasm } from '@resnetjs/backend-wasm';
import { loadCheckpoint } from '@resnetjs/weights';
import { describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../places.testing.ts';
import { recorded } from '../recorded-terminal.testing.ts';
import { openTrainingData } from '../training/training-data.ts';

// Whole trainings, some of them begun again.
vi.setConfig({ testTimeout: 60_000 });

const folder = temporaryFolder();

/** A PPM picture of stripes that stand or lie, each a little different. */
function stripes(side: number, lying: boolean, phase: number): Buffer {
  const pixels = Buffer.alloc(side * side * 3);
  for (let i = 0; i < pixels.length; i++) {
    const pixel = Math.floor(i / 3);
    const along = lying ? Math.floor(pixel / side) : pixel % side;
    pixels[i] = 128 + 90 * Math.sin(along * 1.6 + phase);
  }
  return Buffer.concat([Buffer.from(`P6\n${side} ${side}\n255\n`), pixels]);
}

function pictures(name: string, { perClass = 12, parts = ['train', 'val'], side = 12 } = {}): string {
  const root = join(folder, name);
  for (const part of parts)
    for (const [i, label] of ['lying', 'standing'].entries()) {
      mkdirSync(join(root, part, label), { recursive: true });
      const count = part === 'val' ? 6 : perClass;
      for (let k = 0; k < count; k++)
        writeFileSync(join(root, part, label, `${k}.ppm`), stripes(side, i === 0, k + (part === 'val' ? 0.5 : 0)));
    }
  return root;
}

const out = (name: string) => join(folder, 'runs', name);
const quick = ['--batch-size', '8', '--no-flip', '--threads', '1'];

describe('resnet train', () => {
  test('trains, saves a network that predicts, and writes logs and a report', async () => {
    const data = pictures('striped');
    const { code, stdout, stderr, leaked } = await recorded([
      'train',
      data,
      '--out',
      out('first'),
      '--epochs',
      '4',
      '--lr',
      '0.05',
      ...quick,
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(leaked).toBe(0);
    expect(stdout).toContain(`resnet20_cifar (classes 2) on ${data}: 24 images to train on, 12 to validate on, 2 classes`);
    expect(stdout.match(/^epoch +\d/gm)).toHaveLength(4);
    for (const file of ['model.safetensors', 'model.json', 'report.html', 'recipe.json', 'epochs.csv', 'log.jsonl'])
      expect(existsSync(join(out('first'), file)), file).toBe(true);
    const manifest = JSON.parse(readFileSync(join(out('first'), 'model.json'), 'utf8')) as { accuracy: { top1: number } };
    expect(manifest).toMatchObject({
      architecture: 'resnet20_cifar',
      config: { classes: 2 },
      labels: ['lying', 'standing'],
      preprocessing: { crop: 12 },
    });
    const told = Number(/top-1 +([\d.]+) %/.exec(stdout)?.[1]);
    expect(manifest.accuracy.top1).toBeCloseTo(told / 100, 4);

    // What was saved is what was measured.
    const weights = join(out('first'), 'model.safetensors');
    const measured = await recorded(['evaluate', join(data, 'val'), '--weights', weights, '--json']);
    expect((JSON.parse(measured.stdout) as { top1: number }).top1).toBeCloseTo(manifest.accuracy.top1, 9);
    const predicted = await recorded(['predict', join(data, 'val', 'lying', '0.ppm'), '--weights', weights, '--json']);
    expect(predicted.code).toBe(0);
    expect(predicted.stdout).toMatch(/lying|standing/);
  });

  test('refuses to write over a training, and to change what it resumes', async () => {
    const data = pictures('again');
    const args = ['train', data, '--out', out('again'), '--max-steps', '2', '--epochs', '2', ...quick];
    expect((await recorded(args)).code).toBe(0);
    const over = await recorded(args);
    expect(over).toMatchObject({ code: 1, stderr: expect.stringContaining('holds a training already. Go on with it by --resume') });
    const changed = await recorded(['train', '--resume', '--out', out('again'), '--lr', '0.5']);
    expect(changed).toMatchObject({ code: 2, stderr: expect.stringContaining('--resume goes on as begun: lr cannot be changed') });
    expect(await recorded(['train', '--resume'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--resume needs --out FOLDER'),
    });
    expect(await recorded(['train', '--resume', '--out', out('nothing')])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('recipe.json'),
    });
  });

  test('resumed after a stop it ends with the very same weights', async () => {
    await useWasm({ threads: 1 });
    const data = pictures('stopped');
    const args = [
      'train',
      data,
      '--epochs',
      '2',
      '--ema',
      '0.9',
      '--label-smoothing',
      '0.1',
      '--mixup',
      '0.2',
      ...quick,
      '--schedule',
      'constant',
    ];
    // A schedule ends with the steps, so only a constant one is the same for a run that is cut short.
    await recorded([...args, '--out', out('whole')]);
    // Killed after its third step: the checkpoint of that step, without what came later.
    const partial = [...args, '--out', out('partial'), '--checkpoint-every', '1', '--max-steps', '4'];
    expect((await recorded(partial)).code).toBe(0);
    const recipe = join(out('partial'), 'recipe.json');
    const { maxSteps: _, ...rest } = JSON.parse(await readFile(recipe, 'utf8')) as Record<string, unknown>;
    await writeFile(recipe, JSON.stringify(rest));
    const resumed = await recorded(['train', '--resume', '--out', out('partial'), '--threads', '1']);
    expect(resumed.stdout).toContain('Goes on after step 4');
    const bytes = (name: string) => readFileSync(join(out(name), 'model.safetensors'));
    expect(bytes('partial').equals(bytes('whole'))).toBe(true);
  });

  test('killed after its last step, before the network was saved, it is saved by a resume', async () => {
    await useWasm({ threads: 1 });
    const training = ['train', pictures('unsaved'), '--epochs', '1', ...quick, '--best', '--out', out('unsaved')];
    expect((await recorded(training)).code).toBe(0);
    const file = (name: string) => join(out('unsaved'), name);
    const saved = readFileSync(file('model.safetensors'));
    for (const name of ['model.safetensors', 'model.json', 'report.html']) await rm(file(name));
    const { code, stderr } = await recorded(['train', '--resume', '--out', out('unsaved'), '--threads', '1']);
    expect([code, stderr]).toEqual([0, '']);
    expect(readFileSync(file('model.safetensors')).equals(saved)).toBe(true);
    expect(existsSync(file('report.html'))).toBe(true);
  });

  test('takes a recipe from a file, and says all that is wrong with one', async () => {
    const data = pictures('recipe');
    const file = join(folder, 'recipe.json');
    writeFileSync(
      file,
      JSON.stringify({ data, epochs: 1, batchSize: 6, optimizer: 'adamw', schedule: 'cosine', flip: false, maxSteps: 1 }),
    );
    const { code } = await recorded(['train', '--config', file, '--out', out('recipe'), '--batch-size', '4']);
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(join(out('recipe'), 'recipe.json'), 'utf8'))).toMatchObject({
      optimizer: 'adamw',
      batchSize: 4,
      lr: 0.001,
      weightDecay: 0.05,
      data,
    });
    writeFileSync(file, JSON.stringify({ data, epochs: 0, optimiser: 'sgd', augment: 'wild' }));
    const bad = await recorded(['train', '--config', file]);
    expect(bad.code).toBe(1);
    expect(bad.stderr).toContain(
      'epochs: Expected a whole number from 1. It is 0; optimiser: there is no such entry; augment: Expected one of none, standard,',
    );
  });

  test('prints JSON lines for programs', async () => {
    const data = pictures('json');
    const { stdout } = await recorded(['train', data, '--json', '--epochs', '2', '--out', out('json'), ...quick]);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ epoch }) => epoch)).toEqual([0, 1, undefined]);
    expect(lines[2]).toMatchObject({ model: join(out('json'), 'model.safetensors'), steps: 6 });
  });

  test.each([
    [['train'], 2, 'Say what to train on'],
    [['train', 'no-such-folder'], 1, 'no-such-folder: there is no such folder, and it is none of cifar10, cifar100, mnist, fashion-mnist'],
    [['train', '.', '--epochs', '0'], 2, 'Expected a whole number from 1.'],
    [['train', '.', '--augment', 'wild'], 2, 'Expected one of none, standard, randaugment'],
    [['train', '.', '--model', 'resnet21'], 2, "There is no model 'resnet21'"],
    [['train', '.', '--lr', '-1'], 2, 'Expected a number above 0'],
  ])('resnet %j is refused', async (args, code, message) => {
    expect(await recorded(args)).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) });
  });

  test('what spoils a training is told before the first step, once each', async () => {
    const data = pictures('unlike', { perClass: 6 });
    for (const label of ['slanting', 'Lying']) {
      mkdirSync(join(data, 'train', label));
      writeFileSync(join(data, 'train', label, '0.ppm'), stripes(12, true, label === 'Lying' ? 7.5 : 8.5));
    }
    mkdirSync(join(data, 'val', 'newt'));
    writeFileSync(join(data, 'val', 'newt', '0.ppm'), stripes(12, true, 9.5));
    writeFileSync(join(data, 'val', 'lying', '._0.ppm'), 'left by a Mac');
    writeFileSync(join(data, 'val', 'standing', 'copy.ppm'), readFileSync(join(data, 'train', 'standing', '3.ppm')));
    const { code, stdout, stderr } = await recorded(['train', data, '--out', out('unlike'), '--max-steps', '1', ...quick]);
    expect(stderr.trim().split('\n')).toEqual([
      `${data}/val: passed over, as hidden or left behind by a system: lying/._0.ppm.`,
      'val: 1 image of newt left out, as nothing is learned of it.',
      expect.stringMatching(/^warning: Classes that differ only in case .*: Lying and lying\./),
      expect.stringMatching(/^warning: 2 classes have fewer than 5 images in train: Lying \(1\), slanting \(1\)\./),
      expect.stringMatching(
        /^warning: Not every class is in every part: train has no images of newt, .*; val has no images of Lying, slanting, /,
      ),
      expect.stringMatching(/^warning: 1 file is in more than one of train, val, byte for byte: \S+3\.ppm = \S+copy\.ppm\./),
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('14 images to train on, 13 to validate on, 4 classes\ntrain to train on, val to validate on\n');
  });

  test.each([
    [
      ['train', 'val', 'test'],
      '24 images to train on, 12 to validate on',
      'train to train on, val to validate on, test left for resnet evaluate',
    ],
    [
      ['Training', 'validation', 'Testing'],
      '24 images to train on, 24 to validate on',
      'Training to train on, validation to validate on, Testing left',
    ],
    [['Train', 'Test'], '19 images to train on, 5 to validate on', 'Train to train on, 20 % of these held out to validate on, Test left'],
    [['train'], '19 images to train on, 5 to validate on', 'train to train on, 20 % of these held out to validate on'],
    [['.'], '19 images to train on, 5 to validate on', '20 % of the images held out to validate on'],
  ])('of the folders %j each is used for what it is, and that is said', async (parts, images, used) => {
    const data = pictures(`parts-${parts.join('-')}`, { parts });
    const { code, stdout } = await recorded(['train', data, '--out', out(`parts-${parts.join('-')}`), '--max-steps', '1', ...quick]);
    expect(code).toBe(0);
    expect(stdout).toContain(images);
    expect(stdout).toContain(`2 classes\n${used}`);
  });

  test('test images are validated on only where that is asked for, and the cost is said', async () => {
    const data = pictures('on-test', { parts: ['train', 'test'] });
    const args = ['train', data, '--out', out('on-test'), '--max-steps', '1', ...quick];
    const { code, stdout } = await recorded([...args, '--validate-on', 'test']);
    expect(code).toBe(0);
    expect(stdout).toContain('24 images to train on, 24 to validate on');
    expect(stdout).toContain(
      'train to train on, test to validate on; what is chosen by test images (--best, --patience) is not measured by them',
    );
    const without = pictures('no-test', { parts: ['train'] });
    expect(await recorded(['train', without, '--validate-on', 'test'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no folder test to validate on'),
    });
  });

  test('a validation set that lacks a class is measured by its own labels', async () => {
    // 'lying' is missing in val, where 'standing' is the first: a network that calls all 'standing' is right about all of it.
    const data = pictures('lacking');
    await rm(join(data, 'val', 'lying'), { recursive: true });
    const { train, validation, classes } = await openTrainingData(data, { split: 0.2, seed: 0 });
    expect([classes, train.classes, validation.classes]).toEqual(Array(3).fill(['lying', 'standing']));
    expect(Array.from({ length: validation.length }, (_, i) => validation.label?.(i))).toEqual(Array(6).fill(1));
  });

  test('a single class is refused, with the reason', async () => {
    const data = pictures('single');
    for (const part of ['train', 'val']) await rm(join(data, part, 'lying'), { recursive: true });
    const { code, stderr } = await recorded(['train', data, '--out', out('single')]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${data}: There is one class only in train, standing: nothing to tell it from`);
    expect(existsSync(out('single'))).toBe(false);
  });

  test.each([
    ['an icon among photos', 300, 30, { side: 300, colours: { mean: [0.485, 0.456, 0.406] } }],
    ['a photo among icons', 30, 300, { side: 30, colours: { mean: [0.4914, 0.4822, 0.4465] } }],
  ])('%s decides nothing, though it comes first', async (name, usual, odd, facts) => {
    const data = pictures(name.replaceAll(' ', '-'), { side: usual, perClass: 4, parts: ['train'] });
    writeFileSync(join(data, 'train', 'lying', '!first.ppm'), stripes(odd, true, 0));
    expect(await openTrainingData(data, { split: 0, seed: 0 })).toMatchObject(facts);
  });

  test('small images of several sizes are brought to one', async () => {
    const data = pictures('mixed');
    writeFileSync(join(data, 'train', 'lying', '1.ppm'), stripes(15, true, 1));
    const { code, stderr } = await recorded(['train', data, '--out', out('mixed'), '--max-steps', '3', ...quick]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('with checkpointing it learns the same, to the last bit', async () => {
    const data = pictures('kept');
    for (const [name, ...more] of [['all'], ['some', '--checkpointing', '3']] as const)
      expect((await recorded(['train', data, '--out', out(name), '--max-steps', '3', ...quick, ...more])).code).toBe(0);
    const weights = (name: string) => readFileSync(join(out(name), 'model.safetensors'));
    expect(weights('some').equals(weights('all'))).toBe(true);
  });
});

/** The lines of a run's log that are steps. */
const stepsOf = (name: string) =>
  readFileSync(join(out(name), 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; epoch: number; images: number })
    .filter(({ type }) => type === 'step');
const weightsOf = (name: string) => readFileSync(join(out(name), 'model.safetensors'));
const leftOutOf = (name: string) =>
  JSON.parse(readFileSync(join(out(name), 'left-out.json'), 'utf8')) as { image: string; error: string }[];

describe('a training that does less at first', () => {
  const steps = async (folder: string) =>
    (await readFile(join(folder, 'log.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; step: number; images: number; steps: number })
      .filter(({ type }) => type === 'step');

  test('sees small images in larger batches first', async () => {
    const data = pictures('progressive');
    const { code, stderr } = await recorded([
      'train',
      data,
      '--out',
      out('progressive'),
      '--epochs',
      '3',
      '--progressive',
      '8:12',
      ...quick,
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    // One epoch of two batches of 12, two of three batches of 8.
    expect((await steps(out('progressive'))).map(({ images }) => images)).toEqual([12, 12, 8, 8, 8, 8, 8, 8]);
  });

  test('with dropped and with added blocks it is the same over a resume, and the network is whole', async () => {
    const data = pictures('sooner');
    const args = ['train', data, '--epochs', '2', '--survival', '0.5', '--grow', '1', ...quick, '--schedule', 'constant'];
    await recorded([...args, '--out', out('sooner')]);
    expect((await recorded([...args, '--out', out('sooner-cut'), '--checkpoint-every', '1', '--max-steps', '4'])).code).toBe(0);
    const recipe = join(out('sooner-cut'), 'recipe.json');
    const { maxSteps: _, ...rest } = JSON.parse(await readFile(recipe, 'utf8')) as Record<string, unknown>;
    await writeFile(recipe, JSON.stringify(rest));
    expect((await recorded(['train', '--resume', '--out', out('sooner-cut'), '--threads', '1'])).code).toBe(0);
    const [whole, resumed] = await Promise.all(
      ['sooner', 'sooner-cut'].map((name) => loadCheckpoint(join(out(name), 'model.safetensors'))),
    );
    expect(resumed?.stateDict).toEqual(whole?.stateDict);
    expect([...(whole?.stateDict.keys() ?? [])]).toContain('layer3.2.conv2.weight');
  });

  test.each([
    [['--survival', '1.5'], 'Expected a probability from 0 to 1'],
    [['--survival', '0.5..'], 'Expected a probability from 0 to 1'],
    [['--progressive', '4'], 'Expected sizes in pixels from 8'],
    [['--progressive', '128:0'], 'Expected sizes in pixels from 8'],
    [['--grow', '0'], 'Expected numbers above 0'],
  ])('%j is refused', async (options, message) => {
    const { code, stderr } = await recorded(['train', 'photos', ...options]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
  });
});

describe('images that cannot be read', () => {
  /** 24 images to train on and 12 to validate on; the first of all is among the broken ones. */
  function withHoles(name: string, broken: readonly string[]): { data: string; paths: string[] } {
    const data = pictures(name);
    const paths = broken.map((path) => join(data, path));
    for (const path of paths) writeFileSync(path, 'not a picture');
    return { data, paths };
  }
  const train = (data: string, name: string, ...more: string[]) =>
    recorded(['train', data, '--out', out(name), '--schedule', 'constant', ...quick, ...more]);

  test('are left out and named, and the training is the same with workers and over a resume', async () => {
    await useWasm({ threads: 1 });
    const { data, paths } = withHoles('holes', ['train/lying/0.ppm', 'train/standing/5.ppm', 'val/standing/2.ppm']);
    const { code, stderr, leaked } = await train(data, 'holes', '--epochs', '2', '--max-broken', '10%');
    expect([code, leaked]).toEqual([0, 0]);
    expect(stderr).toContain('3 images could not be read and were left out:\n');
    const page = readFileSync(join(out('holes'), 'report.html'), 'utf8');
    expect(page).toContain('<h2>Left out</h2>');
    for (const path of paths) {
      expect(stderr).toContain(`  ${path}: `);
      expect(page).toContain(path);
    }
    expect(leftOutOf('holes').map(({ image }) => image)).toEqual(expect.arrayContaining(paths));
    expect(leftOutOf('holes')).toHaveLength(3);
    for (const epoch of [0, 1]) expect(stepsOf('holes').reduce((sum, step) => sum + (step.epoch === epoch ? step.images : 0), 0)).toBe(22);
    const { accuracy } = JSON.parse(readFileSync(join(out('holes'), 'model.json'), 'utf8')) as { accuracy: { images: number } };
    expect(accuracy.images).toBe(11);

    expect((await train(data, 'holes-workers', '--epochs', '2', '--max-broken', '10%', '--workers', '2')).code).toBe(0);
    expect(weightsOf('holes-workers').equals(weightsOf('holes'))).toBe(true);

    const stopped = await train(data, 'holes-resumed', '--epochs', '2', '--max-broken', '10%', '--max-steps', '2', '--json');
    expect(stopped.code).toBe(0);
    const resumed = await recorded(['train', '--resume', '--out', out('holes-resumed'), '--threads', '1', '--max-steps', '6', '--json']);
    expect(weightsOf('holes-resumed').equals(weightsOf('holes'))).toBe(true);
    const byName = (images: { image: string }[]) => images.toSorted((a, b) => (a.image < b.image ? -1 : 1));
    const { leftOut } = JSON.parse(resumed.stdout.trim().split('\n').at(-1) as string) as { leftOut: { image: string }[] };
    expect(byName(leftOut)).toEqual(byName(leftOutOf('holes')));
  });

  test('leave no batch of a single image to learn from', async () => {
    const { data } = withHoles('single', ['train/lying/3.ppm']);
    expect((await train(data, 'single', '--epochs', '1', '--batch-size', '2')).code).toBe(0);
    expect(stepsOf('single').map(({ images }) => images)).toEqual(Array.from({ length: 11 }, () => 2));
  });

  test.each([
    [['train/lying/0.ppm'], [], 0, '1 image could not be read and was left out'],
    [['train/lying/0.ppm'], ['--max-broken', '0'], 1, '1 of 36 images cannot be read, more than the 0.0 % that --max-broken allows'],
    [['train/lying/0.ppm'], ['--broken', 'fail'], 1, 'lying/0.ppm: '],
    [['train/lying/0.ppm', 'train/lying/1.ppm'], [], 1, '2 of 36 images cannot be read, more than the 1.0 % that --max-broken allows'],
    [['train/lying/0.ppm'], ['--max-broken', 'some'], 2, 'Expected a share, such as 1% or 0.01.'],
  ])('%j with %j', async (broken, options, code, message) => {
    const name = `holes-${broken.length}${options.join('')}`;
    const { data } = withHoles(name, broken);
    const ended = await train(data, name, '--epochs', '1', ...options);
    expect(ended.stderr).toContain(message);
    expect(ended.code).toBe(code);
    expect(ended.leaked).toBe(0);
  });
});

describe('a training that is to go on for longer', () => {
  const longer = (name: string) => recorded(['train', '--resume', '--out', out(name), '--threads', '1', '--epochs', '3']);

  test.each([[['--schedule', 'constant', '--ema', '0.9', '--best']], [['--schedule', 'step', '--milestones', '1,2', '--warm-up', '1']]])(
    'goes on by %j as if it had been that long from the start',
    async (schedule) => {
      await useWasm({ threads: 1 });
      const data = pictures('longer');
      const [short, long] = [`short-${schedule[1]}`, `long-${schedule[1]}`];
      const training = (name: string, epochs: number) =>
        recorded(['train', data, '--out', out(name), '--epochs', String(epochs), ...schedule, ...quick]);
      expect((await training(long, 3)).code).toBe(0);
      expect((await training(short, 1)).code).toBe(0);
      expect(await longer(short)).toMatchObject({ code: 0, stderr: '' });
      expect(weightsOf(short).equals(weightsOf(long))).toBe(true);
      expect(readFileSync(join(out(short), 'epochs.csv'), 'utf8').split('\n')).toHaveLength(5);
      expect(JSON.parse(readFileSync(join(out(short), 'recipe.json'), 'utf8'))).toMatchObject({ epochs: 3 });
    },
  );

  test.each([
    ['train', []],
    ['train', ['--schedule', 'cosine']],
    ['train', ['--schedule', 'step']],
    ['train', ['--schedule', 'plateau']],
    ['finetune', ['--frozen-epochs', '0']],
  ])('is sent to another one where its rates depend on the length: %s %j', async (command, schedule) => {
    const name = `fitted-${command}${schedule.join('')}`;
    const data = pictures('fitted', { side: 32 });
    expect((await recorded([command, data, '--out', out(name), '--epochs', '1', '--max-steps', '2', ...quick, ...schedule])).code).toBe(0);
    const { code, stderr } = await recorded([command, '--resume', '--out', out(name), '--epochs', '3']);
    expect(code).toBe(2);
    expect(stderr).toContain('epochs cannot be changed, for the learning rates are fitted to the length of the training');
    expect(stderr).toContain(`resnet train ${data} --weights ${out(name)}/model.safetensors`);
  });

  test('begins another from its weights', async () => {
    const data = pictures('onwards');
    const first = ['train', data, '--out', out('onwards'), '--epochs', '1', ...quick];
    expect((await recorded(first)).code).toBe(0);
    const weights = join(out('onwards'), 'model.safetensors');
    const second = ['train', data, '--weights', weights, '--out', out('further'), '--epochs', '1', '--lr', '1e-30', ...quick];
    const { code, leaked } = await recorded(second);
    expect([code, leaked]).toEqual([0, 0]);
    // At no rate at all nothing is learned but the running statistics: the weights are those it began with.
    const [before, after] = await Promise.all(['onwards', 'further'].map((name) => loadCheckpoint(join(out(name), 'model.safetensors'))));
    for (const [name, { data: numbers }] of before?.stateDict ?? [])
      if (!name.includes('running_') && !name.includes('num_batches')) expect(after?.stateDict.get(name)?.data, name).toEqual(numbers);
    expect(after?.manifest?.preprocessing).toEqual(before?.manifest?.preprocessing);

    const other = pictures('other-classes');
    for (const part of ['train', 'val']) renameSync(join(other, part, 'lying'), join(other, part, 'slanting'));
    const refused = await recorded(['train', other, '--weights', weights, '--out', out('refused'), ...quick]);
    expect(refused).toMatchObject({ code: 1, leaked: 0 });
    expect(refused.stderr).toContain("its classes are lying, standing, but the images' classes are slanting, standing. `resnet finetune`");
  });
});

describe('resnet finetune', () => {
  test('teaches the network that comes with this package other classes', async () => {
    const data = pictures('fine', { side: 32 });
    const { code, stdout, leaked } = await recorded(['finetune', data, '--out', out('fine'), '--epochs', '1', ...quick]);
    expect(code).toBe(0);
    expect(leaked).toBe(0);
    expect(stdout.match(/^epoch +\d/gm)).toHaveLength(2); // the head alone, then all
    expect(JSON.parse(readFileSync(join(out('fine'), 'model.json'), 'utf8'))).toMatchObject({
      architecture: 'resnet20_cifar',
      config: { classes: 2 },
      preprocessing: { mean: [0.485, 0.456, 0.406] }, // the shipped network's, not the data's
    });
    const changed = await recorded(['finetune', '--resume', '--out', out('fine'), '--gradual']);
    expect(changed).toMatchObject({ code: 2, stderr: expect.stringContaining('gradual cannot be changed') });
  });
});

describe('resnet lr-find', () => {
  test('leaves out what cannot be read, and says so', async () => {
    const data = pictures('rates-holes');
    const broken = join(data, 'train', 'lying', '4.ppm');
    writeFileSync(broken, 'not a picture');
    const { code, stderr, leaked } = await recorded(['lr-find', data, '--batch-size', '8', '--steps', '20']);
    expect([code, leaked]).toEqual([0, 0]);
    expect(stderr).toContain(`1 image could not be read and was left out:\n  ${broken}: `);
  });

  test('suggests rates, draws their curve and keeps nothing', async () => {
    const data = pictures('rates');
    const svg = join(folder, 'curve.svg');
    const { code, stdout, leaked } = await recorded(['lr-find', data, '--batch-size', '8', '--steps', '30', '--out', svg]);
    expect(code).toBe(0);
    expect(leaked).toBe(0);
    expect(stdout).toMatch(/\d\.\de-\d +in the middle of the longest fall/);
    expect(readFileSync(svg, 'utf8')).toContain('<polyline');
  });
});

test('resnet evaluate --report writes one HTML file with pictures', async () => {
  const data = pictures('report', { side: 32 });
  await recorded(['finetune', data, '--out', out('report'), '--epochs', '1', '--frozen-epochs', '0', ...quick]);
  const file = join(folder, 'report.html');
  const { code } = await recorded(['evaluate', join(data, 'val'), '--weights', join(out('report'), 'model.safetensors'), '--report', file]);
  expect(code).toBe(0);
  const page = readFileSync(file, 'utf8');
  const [, worst] = page.split('<h2>Worst images</h2>');
  // Each of the twelve, and where the network looked.
  expect(worst?.match(/data:image\/png;base64,/g)).toHaveLength(24);
  expect(page).toContain('class="confusion"');
});
