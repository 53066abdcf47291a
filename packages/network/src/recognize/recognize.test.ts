import { parameters, type StateDict } from '@resnetjs/core';
import { notShared, shared } from '@resnetjs/testing/shared';
import { loadCheckpoint } from '@resnetjs/weights';
import { createModel, listModels, type ModelOptions } from '@resnetjs/zoo';
import { describe, expect, test } from 'vitest';
import { describeArchitecture, recognize } from './recognize.ts';
import { recognizeCheckpoint } from './recognize-checkpoint.ts';

/** A network's state dict without values: each tensor is an object of its own, so that it can be followed through a renaming. */
function dictOf(name: string, options: ModelOptions = {}): StateDict {
  return new Map(
    [...parameters(createModel(name, options))].map(([key, { shape }]) => [key, { shape: [...shape], data: new Float32Array(0) }]),
  );
}

const rename = (dict: StateDict, change: (name: string) => string | undefined): StateDict =>
  new Map([...dict].flatMap(([name, tensor]) => (change(name) === undefined ? [] : [[change(name) as string, tensor]])));

/** Whether each tensor of `original` is under its own name again, and nothing else is there. */
function expectSame(found: StateDict, original: StateDict): void {
  expect([...found.keys()]).toEqual([...original.keys()]);
  expect([...original].filter(([name, { data }]) => found.get(name)?.data !== data).map(([name]) => name)).toEqual([]);
}

/** One of each family of the zoo, with the module that gives its logits. */
const FAMILIES = [
  ['resnet18', 'fc'],
  ['resnext50_32x4d', 'fc'],
  ['seresnet50', 'fc'],
  ['resnet50d', 'fc'],
  ['resnet20_cifar', 'fc'],
  ['preact_resnet110_cifar', 'fc'],
  ['wrn16_8_cifar', 'fc'],
  ['resnetv2_50', 'head.fc'],
  ['resnetv2_50x1_bit', 'head.fc'],
  ['densenet121', 'classifier'],
  ['highway19_cifar', 'fc'],
  ['mlp_resnet10_cifar', 'fc'],
] as const;

const WRAPPERS = ['', 'module.', 'net.', 'encoder.', 'backbone.', 'resnet.', 'features.', 'module._orig_mod.model.', 'a.b.c.0.'] as const;

describe.each(FAMILIES)('%s', (name, head) => {
  const original = dictOf(name);

  test.each(WRAPPERS)("is told behind '%s'", (wrapper) => {
    const found = recognize(rename(original, (key) => wrapper + key));
    expect(found.architecture.name).toBe(name);
    expect(found.hasHead).toBe(true);
    expectSame(found.stateDict, original);
    expect(found.notes).toEqual(wrapper === '' ? [] : [`Names are taken without '${wrapper}', which stands before all.`]);
  });

  test.each(['last_linear', 'head', 'classifier', 'fc.1', 'fc.fc', 'linear', 'head.fc', 'decoder.out'])(
    'is told by a head called %s',
    (other) => {
      const isHead = (key: string) => key.startsWith(`${head}.`);
      const renamed = rename(original, (key) => (isHead(key) ? other + key.slice(head.length) : key));
      const found = recognize(renamed);
      expect(found.architecture.name).toBe(name);
      expectSame(found.stateDict, original);
      expect(found.notes).toEqual(other === head ? [] : [`The layer that tells classes is called ${other} here, not ${head}.`]);
      const apart = rename(original, (key) => (isHead(key) ? other + key.slice(head.length) : `backbone.${key}`));
      expectSame(recognize(apart).stateDict, original);
      expect(recognize(apart).notes[0]).toBe("Names are taken without 'backbone.', which stands before all but the head's.");
    },
  );

  test('is told without its head, as a backbone', () => {
    const body = rename(original, (key) => (key.startsWith(`${head}.`) ? undefined : `encoder.${key}`));
    const found = recognize(body);
    expect([found.architecture.name, found.hasHead]).toEqual([name, false]);
    expect(found.notes.at(-1)).toContain('There is no head');
    expectSame(
      found.stateDict,
      rename(original, (key) => (key.startsWith(`${head}.`) ? undefined : key)),
    );
  });

  test('of one class, and of three, is told by its head', () => {
    for (const classes of [1, 3]) {
      const found = recognize(dictOf(name, { classes }));
      expect([found.architecture, found.hasHead]).toEqual([{ name, options: { classes } }, true]);
    }
  });
});

test('every network of the zoo is told by its own names, as itself or as one that its weights cannot be told from', () => {
  for (const name of listModels()) {
    const original = dictOf(name);
    const { architecture, alike, stateDict } = recognize(original, { architecture: name });
    expect(architecture).toEqual({ name, options: {} });
    expect(alike).toEqual([]);
    expectSame(stateDict, original);
  }
});

test.each([
  ['resnet18', { channels: 1 }],
  ['resnet20_cifar', { shortcut: 'B' }],
  ['resnet20_cifar', { shortcut: 'B', classes: 100, channels: 4 }],
  ['densenet121', { channels: 1, classes: 2 }],
] as const)('%s is told with %j', (name, options) => {
  expect(recognize(dictOf(name, options)).architecture).toEqual({ name, options });
});

test('an architecture is described with what it was given', () => {
  expect(describeArchitecture(recognize(dictOf('resnet20_cifar', { shortcut: 'B' })).architecture)).toBe('resnet20_cifar (shortcut B)');
});

test('what its weights cannot be told from is named', () => {
  expect(recognize(dictOf('resnet20_cifar')).alike).toEqual(['plain20_cifar']);
});

test('the order in a file that is sorted by name does not matter where names fit', () => {
  const original = dictOf('resnet18');
  expectSame(recognize(new Map([...original].sort(([a], [b]) => (a < b ? -1 : 1)))).stateDict, original);
});

describe('by order and shapes', () => {
  /** Names of public networks that differ, whose modules are in the usual order. */
  const RENAMINGS: readonly (readonly [what: string, name: string, options: ModelOptions, change: (key: string) => string])[] = [
    ['a stem called conv and bn', 'resnet20_cifar', {}, (key) => key.replace(/^(conv|bn)1\./, '$1.')],
    [
      'stages of blocks',
      'resnet56_cifar',
      { shortcut: 'B' },
      (key) => key.replace(/^layer(\d)\.(\d+)\./, 'stages.$1.blocks.$2.').replace('downsample', 'skip'),
    ],
    [
      'underscores and a prefix',
      'resnet18',
      { classes: 7 },
      (key) => `net.${key.replace(/(conv|bn)(\d)/, '$1_$2').replace('layer', 'stage_')}`,
    ],
    [
      'bottlenecks with shortcuts',
      'resnet50',
      {},
      (key) => key.replace('downsample', 'shortcut').replace(/^fc/, 'classifier').replace('layer', 'block'),
    ],
    ['dotted dense layers', 'densenet121', {}, (key) => key.replace(/(norm|conv)([12])\./, '$1.$2.').replace('classifier', 'fc')],
    ['a dense network under another name', 'densenet121', {}, (key) => key.replace('denseblock', 'dense').replace('features.', 'body.')],
    ['gates by other names', 'seresnet50', {}, (key) => key.replace('.se.fc1', '.gate.down').replace('.se.fc2', '.gate.up')],
  ];

  test.each(RENAMINGS)('%s of %s are told, and said', (_, name, options, change) => {
    const original = dictOf(name, options);
    const found = recognize(rename(original, change));
    expect(found.architecture).toEqual({ name, options });
    expectSame(found.stateDict, original);
    expect(found.notes[0]).toMatch(/^Names differ from those of .* told by order and shapes\.$/);
  });

  test.each([
    ['beside the layers', (key: string) => key.replace('layer', 'stage').replace('downsample', 'skip')],
    [
      'beside a module that holds them', // as in transformers' ResNetForImageClassification
      (key: string) =>
        `resnet.${key
          .replace('layer', 'stages.')
          .replace(/\.(conv|bn)(\d)\./, '.layer.$2.$1.')
          .replace('downsample', 'shortcut')}`,
    ],
  ])("a block's shortcut may come first, %s", (_, change) => {
    const original = dictOf('resnet50');
    const first = new Map<string, typeof original extends Map<string, infer T> ? T : never>();
    for (const [key, tensor] of original) {
      const block = /^layer\d\.0\./.exec(key)?.[0];
      if (block) for (const [other, its] of original) if (other.startsWith(`${block}downsample`)) first.set(other, its);
      first.set(key, tensor);
    }
    expectSame(recognize(rename(first, change)).stateDict, original);
  });

  const refused = (dict: StateDict): string => {
    try {
      return `taken for ${recognize(dict).architecture.name}`;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const reordered = (dict: StateDict, order: (names: string[]) => string[]): StateDict =>
    new Map(order([...dict.keys()]).map((name) => [name, dict.get(name) as NonNullable<ReturnType<StateDict['get']>>]));

  test('sorted names are refused, for their order is that of nothing', () => {
    const renamed = rename(dictOf('resnet20_cifar'), (key) => key.replace(/^(conv|bn)1\./, '$1.'));
    expect(refused(reordered(renamed, (names) => names.sort()))).toContain('Their order is not that of modules');
  });

  test('eleven blocks in the order of their text are refused', () => {
    // Stage 0 of this network has 18 blocks of one shape: 0, 1, 10, 11, … would load, and be wrong.
    const renamed = rename(dictOf('resnet110_cifar'), (key) => key.replace(/^layer/, 'stage'));
    const byText = (names: string[]) => {
      const block = (name: string) => /^stage\d\.\d+\./.exec(name)?.[0] ?? '';
      const blocks = [...new Set(names.map(block).filter(Boolean))].sort();
      const [before, after] = [names.slice(0, 5), names.slice(-2)];
      return [...before, ...blocks.flatMap((b) => names.filter((name) => name.startsWith(b))), ...after];
    };
    expect(refused(reordered(renamed, byText))).toContain('Their order is not that of modules');
  });

  test("a norm's vectors keep their places by their names, not by their order", () => {
    const renamed = rename(dictOf('resnet20_cifar'), (key) => key.replace(/^layer/, 'stage'));
    const swapped = reordered(renamed, (names) => {
      const [mean, variance] = ['running_mean', 'running_var'].map((part) => names.indexOf(`stage2.1.bn1.${part}`)) as [number, number];
      [names[mean], names[variance]] = [names[variance] as string, names[mean] as string];
      return names;
    });
    expect(refused(swapped)).toContain('Their order is not that of modules');
  });

  test('two layers of one shape that swap their places in one block are refused', () => {
    // In the first bottleneck the shortcut and the last convolution have one shape; in the other stages they do not.
    const renamed = rename(dictOf('resnet50'), (key) => key.replace(/^layer/, 'stage'));
    const swapped = reordered(renamed, (names) => {
      const inBlock = (part: string) => names.filter((name) => name.startsWith(`stage1.0.${part}`));
      const [last, shortcut] = [[...inBlock('conv3'), ...inBlock('bn3')], inBlock('downsample')];
      const at = names.indexOf(last[0] as string);
      return [...names.slice(0, at), ...shortcut, ...last, ...names.slice(at + 10)];
    });
    expect([...swapped].map(([, { shape }]) => String(shape))).toEqual([...renamed].map(([, { shape }]) => String(shape)));
    expect(refused(swapped)).toContain('the nearest is resnet50');
  });

  test('a network whose norms come before its convolutions is not taken for one where they come after', () => {
    // One after another, the layers of both have the very same shapes: conv, norm, conv, norm, …
    const dict = dictOf('preact_resnet110_cifar');
    expect([...dict.values()].map(({ shape }) => String(shape))).toEqual(
      [...dictOf('resnet110_cifar').values()].map(({ shape }) => String(shape)),
    );
    const found = recognize(rename(dict, (key) => key.replace('layer', 'stage')));
    expect(found.architecture.name).toBe('preact_resnet110_cifar');
    expectSame(found.stateDict, dict);
    expect(
      refused(
        rename(dictOf('preact_resnet110_cifar'), (key) =>
          key.replace(/^layer(\d)\.(\d+)\.(conv|bn)/, (_, s, b, p) => `all.${p}_${s}_${b}_`),
        ),
      ),
    ).toContain('nearest');
  });

  test('weights that could be of several networks are refused, naming them', () => {
    const flat = rename(dictOf('resnet50d'), (key) => key.replace('layer', 'stage').replace(/downsample\.(\d)/, 'skip.part$1'));
    expect(refused(flat)).toMatch(/by order and shapes these parameters are those of resnet50c and resnet50d and .* alike/);
    expect(recognize(flat, { architecture: 'resnet50d' }).architecture.name).toBe('resnet50d');
  });
});

describe('what is no network of the zoo', () => {
  const tensor = (...shape: number[]) => ({ shape, data: new Float32Array(0) });

  test('but for its head loads as a backbone, if that is wanted', () => {
    const strange = rename(dictOf('resnet18'), (key) => (key.startsWith('fc.') ? undefined : `backbone.${key}`));
    for (const [name, shape] of [
      ['head.0.weight', [256, 512]],
      ['head.0.bias', [256]],
      ['head.3.weight', [10, 256]],
      ['head.3.bias', [10]],
    ] as const)
      strange.set(name, tensor(...shape));
    expect(() => recognize(strange)).toThrow(
      "beside the parameters of resnet18's backbone there are 4 that are no single layer that tells classes (head.0.weight, " +
        'head.0.bias, head.3.weight, head.3.bias). { backbone: true } leaves them out',
    );
    const found = recognize(strange, { backbone: true });
    expect([found.architecture.name, found.hasHead]).toEqual(['resnet18', false]);
    expect(found.notes.at(-1)).toContain('left out (head.0.weight, head.0.bias, head.3.weight, and 1 more)');
  });

  test('is compared with the nearest by shapes, whatever its names and the projections in its shortcuts', () => {
    const dict = rename(dictOf('resnet20_cifar', { shortcut: 'B' }), (key) => (key === 'bn1.bias' ? undefined : `backbone.${key}`));
    expect(() => recognize(dict)).toThrow('the nearest is resnet20_cifar (shortcut B): 1 missing (bn1.bias). Say');
    expect(() => recognize(dict, { architecture: 'resnet20_cifar', config: {} })).toThrow(
      'resnet20_cifar: 1 missing (bn1.bias); 10 unexpected (layer2',
    );
  });

  test('is never a network with something more in its blocks', () => {
    const more = dictOf('resnet18').set('layer1.0.gate.weight', tensor(64, 64));
    expect(() => recognize(more)).toThrow('the nearest is resnet18: 1 unexpected (layer1.0.gate.weight)');
    expect(() => recognize(more, { backbone: true })).toThrow('1 unexpected');
  });

  test('is not taken where two networks are in one', () => {
    const dict = dictOf('resnet20_cifar');
    const twice = new Map([...rename(dict, (key) => `student.${key}`), ...rename(dict, (key) => `teacher.${key}`)]);
    for (const backbone of [true, false])
      expect(() => recognize(twice, { backbone })).toThrow("more than one network is in it, their names after 'student.' and 'teacher.'");
  });

  test('says what is missing and misshapen, all at once', () => {
    const dict = dictOf('resnet20_cifar', { classes: 3 });
    dict.delete('bn1.weight');
    dict.set('conv1.weight', tensor(16, 3, 5, 5));
    const faults = '1 missing (bn1.weight); 1 misshapen (conv1.weight is [16,3,5,5] instead of [16,3,3,3])';
    expect(() => recognize(dict)).toThrow(`the nearest is resnet20_cifar: ${faults}`);
    expect(() => recognize(dict, { architecture: 'resnet20_cifar' })).toThrow(`these are not the parameters of resnet20_cifar: ${faults}`);
  });

  test('may be nothing at all', () => {
    expect(() => recognize(new Map())).toThrow('no network of the zoo has these 0 parameters');
  });
});

describe('a manifest', () => {
  const manifest = (config: object) => ({ architecture: 'resnet20_cifar', config }) as never;
  const plain = { keyMap: undefined, prefix: '', notes: [] } as const;

  test('decides, and its config must be that of the weights', () => {
    const stateDict = dictOf('resnet20_cifar', { classes: 3 });
    expect(recognizeCheckpoint({ ...plain, stateDict, manifest: manifest({ classes: 3 }) }).architecture.options).toEqual({ classes: 3 });
    for (const config of [{}, { classes: 10 }])
      expect(() => recognizeCheckpoint({ ...plain, stateDict, manifest: manifest(config) })).toThrow(
        'its manifest says resnet20_cifar, but these are the parameters of resnet20_cifar with classes 3 instead of 10.',
      );
  });

  test('of a network that cannot be built is refused', () => {
    expect(() => recognizeCheckpoint({ ...plain, stateDict: new Map(), manifest: manifest({ nonsense: 1 }) })).toThrow(
      'its manifest asks for resnet20_cifar {"nonsense":1}',
    );
  });
});

const CHECKPOINTS = ['akamaster/resnet20-12fca82f.th', 'akamaster/resnet32-d509ac18.th', 'ehanw/resnet20.pth'];
const missing = notShared(...CHECKPOINTS.map((file) => `checkpoints/${file}`));

test.skipIf(missing).each(CHECKPOINTS)(
  `the public checkpoint %s gives the same by order and shapes as by the key map of its names${missing ? ` (${missing})` : ''}`,
  async (file) => {
    const path = shared(`checkpoints/${file}`);
    const known = recognizeCheckpoint(await loadCheckpoint(path));
    const unknown = recognizeCheckpoint(await loadCheckpoint(path, { keyMap: false }));
    expect(unknown.architecture).toEqual(known.architecture);
    expect([...unknown.stateDict.keys()]).toEqual([...known.stateDict.keys()]);
    for (const [name, { data }] of known.stateDict)
      expect(Buffer.compare(bytes(data), bytes(unknown.stateDict.get(name)?.data)), name).toBe(0);
  },
);

const bytes = (data: Float32Array = new Float32Array(0)): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
