import { describe, expect, test } from 'vitest';
import { findStateDict } from './find-state-dict.ts';
import { MAX_MODULE_DEPTH } from './module-entries.ts';
import { GlobalRef, type OpenRecord, openRecord, type PickleValue, StorageRef, TensorRef } from './pickle-values.ts';
import type { ExtraObject } from './plain-value.ts';

const tensor = (shape: number[] = [2], dtype: 'F32' | 'I64' | 'C64' = 'F32') =>
  new TensorRef(
    new StorageRef('0', dtype, 2),
    0,
    shape,
    shape.map(() => 1),
  );
const dict = (entries: Record<string, PickleValue>): Map<PickleValue, PickleValue> => new Map(Object.entries(entries));
/** A state dict of so many tensors `w0`, `w1`, …, told from others by their number. */
const weights = (count: number) => dict(Object.fromEntries(Array.from({ length: count }, (_, i) => [`w${i}`, tensor()])));
const object = (name: string, attributes: Record<string, PickleValue>): OpenRecord =>
  Object.assign(openRecord(name, []), { state: dict(attributes) });
const module = (children: Record<string, PickleValue>, parameters: Record<string, PickleValue> = {}): OpenRecord =>
  object('Module', { _parameters: dict(parameters), _buffers: new Map(), _modules: dict(children) });
const optimizer = dict({ state: new Map([[0, weights(9)]]), param_groups: [] });
const size = (value: PickleValue, key?: string) => findStateDict(value, { key }).tensors.size;

test.each<[where: string, value: PickleValue]>([
  ['itself', weights(3)],
  ['itself, though it holds numbers and texts, too', dict({ ...Object.fromEntries(weights(3)), epoch: 3, arch: 'x' })],
  ['under a known key', dict({ epoch: 3, model: weights(3) })],
  ['under the first known key', dict({ model_ema: weights(2), model: weights(4), state_dict: weights(3) })],
  ['under known keys in each other', dict({ state_dict: dict({ model: weights(3), teacher: weights(5) }) })],
  ['under the only key', dict({ mine: weights(3) })],
  ['in a list', [weights(3)]],
  ['in a tuple of a tuple', Object.freeze([Object.freeze([weights(3), 1])])],
  ['in dicts and lists deep down', dict({ a: [dict({ b: [null, dict({ c: weights(3) })] })] })],
  ['in an object', object('Trainer', { model_state: weights(3), optimizer })],
  ['beside an optimizer, whose moments look alike', dict({ optimizer, mine: weights(3) })],
  ['beside metrics that are tensors', dict({ best: tensor([]), epoch: tensor([1]), mine: weights(3) })],
  ['beside more tensors, by its known key', dict({ class_weights: tensor([2]), state_dict: weights(3) })],
  ['beside the state of a random generator', dict({ rng: dict({ a: tensor([2], 'I64') }), mine: weights(3) })],
  ['in two places, but the same', ((same) => dict({ a: same, b: same }))(weights(3))],
  ['a model', module({ a: module({}, { w: tensor() }), b: module({ c: module({}, { v: tensor(), w: tensor(), x: null }) }) })],
])('weights are found: %s', (_, value) => {
  expect(size(value)).toBe(3);
});

test.each<[where: string, value: PickleValue, message: RegExp]>([
  ['two in a list', [weights(3), weights(2)], /several dicts of tensors: "0" \(3 tensors\), "1" \(2 tensors\).*stateDictKey, such as "1"/],
  ['two under a known key', dict({ model: dict({ G: weights(3), D: weights(2) }) }), /"model\.G" .*"model\.D"/],
  ['one around another', dict({ table: tensor([2]), mine: weights(3) }), /the dict around them \(1 tensor\), "mine" \(3 tensors\)/],
  ['two models', dict({ G: module({}, { w: tensor() }), D: module({}, { w: tensor() }) }), /"G" \(a model of Module, 1 tensor\)/],
])('it is not guessed which is meant: %s', (_, value, message) => {
  expect(() => findStateDict(value)).toThrow(message);
});

test('a path of keys, which may have dots of their own, leads anywhere', () => {
  const value = dict({ 'v1.0': [dict({ G: weights(3), D: weights(2) })], w: tensor(), model: weights(4) });
  expect([size(value, 'v1.0.0.G'), size(value, 'v1.0.0.D'), size(value, 'model'), size(value, '')]).toEqual([3, 2, 4, 1]);
  expect(size(object('Trainer', { nets: [weights(2)] }), 'nets.0')).toBe(2);
  expect(() => size(value, 'v1.0.0.X')).toThrow('no dict of tensors under stateDictKey "v1.0.0.X". It holds "v1.0" (a list of 1)');
});

test('what is no dict of tensors is described', () => {
  expect(() => findStateDict([tensor()])).toThrow('it holds a list of 1, not a dict of tensors');
  expect(() => findStateDict(object('sklearn.SVC', {}))).toThrow('it holds sklearn.SVC, not a dict of tensors');
  expect(() => findStateDict(dict({ optimizer, f: new GlobalRef('a.b') }))).toThrow('It holds "optimizer" (a dict of 2), "f" (a.b).');
  expect(() => findStateDict(dict({ a: tensor([2], 'C64') }))).toThrow('of no type that is read. Set aside among the weights');
});

test('tensors named after prototypes are refused', () => {
  expect(() => findStateDict(module({ constructor: module({}, { w: tensor() }) }))).toThrow('"constructor.w": the name holds constructor');
});

describe('a forged value is refused or read in a moment:', () => {
  test('modules that hold each other twice, and twice again', () => {
    let doubled = module({}, { w: tensor() });
    for (let level = 0; level < 60; level++) doubled = module({ a: doubled, b: doubled });
    expect(() => findStateDict(doubled)).toThrow('so often that more than 400000 names come of it');
  });
  test('a module that holds itself', () => {
    const modules = new Map<PickleValue, PickleValue>();
    const itself = object('Module', { _parameters: new Map(), _modules: modules });
    modules.set('a', itself);
    expect(() => findStateDict(itself)).toThrow(`more than ${MAX_MODULE_DEPTH} deep`);
  });
  test('lists, dicts and objects nested twenty thousand deep', () => {
    let deep: PickleValue = weights(3);
    for (let level = 0; level < 2e4; level++) deep = level % 3 ? [deep] : level % 2 ? dict({ a: deep }) : object('A', { a: deep });
    expect(size(deep)).toBe(3);
    expect(size(dict({ deep, state_dict: weights(2) }))).toBe(2);
    const states = Array.from({ length: 2e4 }).reduce<PickleValue>((state) => Object.assign(openRecord('A', []), { state }), null);
    expect(() => findStateDict(states)).toThrow('it holds A, not a dict of tensors');
    expect(() => findStateDict(states, { key: 'a.b' })).toThrow('stateDictKey "a.b"');
  });
  test('twenty thousand objects that share their attributes and arguments', () => {
    const shared = Array.from({ length: 2e4 }, (_, i) => i);
    const state = new Map(shared.map((i) => [String(i), i]));
    const objects = shared.map(() => Object.assign(openRecord('A', shared), { state }));
    expect(size(dict({ objects, state_dict: weights(2) }))).toBe(2);
    const { extras } = findStateDict(dict({ ...Object.fromEntries(objects.map((item, i) => [`o${i}`, item])), state_dict: weights(2) }));
    expect(extras.size).toBe(2e4);
  });
  test('extras that hold themselves, or each other twice', () => {
    const itself = object('A', {});
    (itself.state as Map<PickleValue, PickleValue>).set('self', itself);
    let doubled: PickleValue = 1;
    for (let level = 0; level < 60; level++) doubled = object('B', { a: doubled, b: doubled });
    const { extras } = findStateDict(dict({ itself, doubled, state_dict: weights(2) }));
    const [a, b] = [extras.get('itself') as ExtraObject, extras.get('doubled') as ExtraObject];
    expect((a.state as Map<string, unknown>).get('self')).toBe(a);
    expect((b.state as Map<string, unknown>).get('a')).toBe((b.state as Map<string, unknown>).get('b'));
  });
});
