import { beforeAll, describe, expect, test } from 'vitest';
import { fixture } from '../fixtures/forge.ts';
import { type Checkpoint, type LoadCheckpointOptions, loadCheckpoint } from './load-checkpoint.ts';
import type { ExtraObject } from './pytorch/plain-value.ts';

/** What torch, or numpy, says is in a file. */
type Expected = Record<string, { readonly shape: number[]; readonly data: number[] }>;
const expected = JSON.parse(new TextDecoder().decode(fixture('ways/expected.json'))) as Record<string, Expected>;

/** Where there are two to choose from. */
const CHOICES: Record<string, LoadCheckpointOptions> = {
  'two.pth': { stateDictKey: '1' },
  'gan.pth': { stateDictKey: 'v1.0.generator' },
};
/** Names are kept as they are but for what wrappers (DataParallel, DistributedDataParallel) put before them. */
const load = (file: string, options: LoadCheckpointOptions = {}): Promise<Checkpoint> =>
  loadCheckpoint(fixture(`ways/${file}`), { keyMap: [], ...CHOICES[file], ...options });

test.each(Object.keys(expected))('ways/%s: names, order, shapes and numbers are those of torch', async (file) => {
  const { stateDict } = await load(file);
  const tensors = expected[file] as Expected;
  expect([...stateDict.keys()]).toEqual(Object.keys(tensors));
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    expect(stateDict.get(name)?.shape, name).toEqual(shape);
    expect(stateDict.get(name)?.data, name).toEqual(Float32Array.from(data));
  }
});

describe('what lay beside the weights', () => {
  let checkpoints: Checkpoint[];
  beforeAll(async () => {
    const files = Object.keys(expected).filter((file) => file.startsWith('beside'));
    checkpoints = await Promise.all(files.map((file) => load(file)));
    expect(checkpoints.length).toBe(10);
  });

  test('is in extras, numpy’s scalars as numbers, in every protocol', () => {
    for (const { extras } of checkpoints) {
      const plain = Object.fromEntries([...extras].filter(([, value]) => typeof value !== 'object'));
      expect(plain).toEqual({ epoch: 3, best: 0.75, seen: 7, done: true, city: 'Zürich', device: 'cuda:1' });
    }
  });

  test('objects are frozen records of a name and what it was given, without a prototype', () => {
    for (const { extras } of checkpoints) {
      const args = extras.get('args') as ExtraObject;
      expect(Object.getPrototypeOf(args)).toBe(null);
      expect([Object.isFrozen(args), Object.isFrozen(args.args), Object.isFrozen(args.items)]).toEqual([true, true, true]);
      expect({ ...args }).toEqual({
        name: 'argparse.Namespace',
        args: [],
        items: [],
        state: new Map<string, unknown>([
          ['lr', 0.1],
          ['model', 'resnet18'],
          ['sizes', [1, 2]],
        ]),
      });
      expect({ ...(extras.get('where') as ExtraObject) }).toMatchObject({ name: 'pathlib.PurePosixPath', args: ['/', 'a', 'b'] });
      expect({ ...(extras.get('color') as ExtraObject) }).toSatisfy(
        ({ name, args }: ExtraObject) => name === '__main__.Color' || (name === 'builtins.getattr' && args[1] === 'RED'),
      );
      expect({ ...(extras.get('complex') as ExtraObject) }).toMatchObject({ name: 'builtins.complex', args: [1, 2] });
      expect({ ...(extras.get('easy') as ExtraObject) }).toMatchObject({ name: '__main__.EasyDict' });
      expect((extras.get('queue') as ExtraObject).items).toEqual([1, 2]);
      expect((extras.get('function') as ExtraObject).name).toBe('builtins.len');
    }
  });

  test('is named in a note, once', () => {
    for (const { notes } of checkpoints) {
      expect(notes).toHaveLength(1);
      for (const name of ['argparse.Namespace', 'datetime.datetime', 'pathlib.PurePosixPath', 'builtins.len', '__main__.Settings'])
        expect(notes[0]?.split(name)).toHaveLength(2);
      expect(notes[0]).toMatch(/^Set aside, neither looked up nor called: /);
      expect(notes[0]).not.toMatch(/numpy|OrderedDict|Counter|defaultdict|torch\.(device|Size|bfloat16)/); // these are understood
    }
  });
});

test.each([
  ['whole2.pth', 'A whole model, of __main__.Net: '],
  ['parallel.pth', 'A whole model, of torch.nn.parallel.data_parallel.DataParallel: '],
  ['script.pt', 'A TorchScript archive: '],
])('ways/%s: one note says what it was', async (file, note) => {
  const { notes } = await load(file);
  expect(notes).toEqual([`${note}its parameters and buffers were read, its program was not run.`]);
});

test.each(['strange.pth', 'strange.th'])('ways/%s: tensors that are no float32 are set aside by name, the rest loads', async (file) => {
  const { notes } = await load(file);
  const note = notes.find((text) => text.startsWith('Set aside among the weights'));
  expect(note).toContain('"complex" (of C64 numbers), "quantized" (torch._utils._rebuild_qtensor), "sparse" (torch._utils._rebuild_sparse');
  expect(note).toContain('"dates" (a numpy array of no numbers)');
});

test('which of several dicts was taken is said where there was a choice', async () => {
  const { notes } = await load('ema.pth');
  expect(notes).toEqual(['The weights are "state_dict" (12 tensors). Also there: "state_dict_ema" (12 tensors); stateDictKey chooses.']);
  const { stateDict } = await load('ema.pth', { stateDictKey: 'state_dict_ema' });
  expect([...(stateDict.get('own')?.data ?? [])]).toEqual(expected['two.pth']?.own?.data); // two.pth holds the same copy
});

test('an ambiguous file is refused, with what there is to choose from and how', async () => {
  const choice = (file: string, key?: string) => loadCheckpoint(fixture(`ways/${file}`), key === undefined ? {} : { stateDictKey: key });
  await expect(choice('two.pth')).rejects.toThrow(
    'it holds several dicts of tensors: "0" (12 tensors), "1" (12 tensors). Choose one with stateDictKey, such as "1".',
  );
  await expect(choice('gan.pth')).rejects.toThrow(/"v1\.0\.generator" .*"v1\.0\.discriminator" .*such as "v1\.0\.discriminator"/);
  await expect(choice('gan.pth', 'v1.0')).rejects.toThrow(/"generator" .*such as "v1\.0\.discriminator"/);
  await expect(choice('gan.pth', 'v1.0.teacher')).rejects.toThrow('no dict of tensors under stateDictKey "v1.0.teacher"');
});

test('a frozen TorchScript archive, whose weights have no names, says so', async () => {
  await expect(loadCheckpoint(fixture('ways/frozen.pt'))).rejects.toThrow('its weights were frozen into the program');
});
