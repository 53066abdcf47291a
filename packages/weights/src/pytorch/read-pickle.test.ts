import { describe, expect, test } from 'vitest';
import { global, join, le, pickle, seededRandom, text } from '../../fixtures/forge.ts';
import { CheckpointError } from '../checkpoint-error.ts';
import { findStateDict } from './find-state-dict.ts';
import { PickleEndError } from './pickle-input.ts';
import { GlobalRef, StorageRef, TensorRef } from './pickle-values.ts';
import { readPickle } from './read-pickle.ts';

const value = (...opcodes: Parameters<typeof pickle>) => readPickle(pickle(...opcodes)).value;
const [MARK, TUPLE, REDUCE, EMPTY_TUPLE, EMPTY_DICT, SETITEM, BUILD] = ['(', 't', 'R', ')', '}', 's', 'b'];

test('numbers, strings, bytes and flags', () => {
  expect(value('N')).toBe(null);
  expect(value([0x88])).toBe(true);
  expect(value('K', [200])).toBe(200);
  expect(value('M', le(65000, 2))).toBe(65000);
  expect(value('J', le(-70000n & 0xffffffffn, 4))).toBe(-70000);
  expect(value('G', [0x3f, 0xf8, 0, 0, 0, 0, 0, 0])).toBe(1.5);
  expect(value([0x8a, 2], [0x00, 0x80])).toBe(-32768);
  expect(value([0x8a, 0])).toBe(0);
  expect(value([0x8a, 10], le(0x1950a86a20f9469cfc6cn, 10))).toBe(0x1950a86a20f9469cfc6cn); // torch's magic number
  expect(value(text('größer'))).toBe('größer');
  expect(value('C', [2, 0xff, 0])).toEqual(Uint8Array.of(255, 0));
});

test('tuples, lists, dicts, and what is recalled from the memo', () => {
  expect(value(MARK, 'K\x01K\x02', TUPLE)).toEqual([1, 2]);
  expect(value(']', MARK, 'K\x01', 'N', 'e')).toEqual([1, null]);
  expect(value(EMPTY_DICT, text('k'), 'q\x05', 'h\x05', SETITEM)).toEqual(new Map([['k', 'k']]));
});

test('a dict with prototype names changes no prototype', () => {
  const dict = value(EMPTY_DICT, text('__proto__'), EMPTY_DICT, text('polluted'), 'K\x01', SETITEM, SETITEM);
  expect(dict).toBeInstanceOf(Map);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('an OrderedDict is a Map and its attributes are passed over', () => {
  const state = join(EMPTY_DICT, text('_metadata'), 'N', SETITEM);
  expect(value(global('collections', 'OrderedDict'), EMPTY_TUPLE, REDUCE, text('a'), 'K\x07', SETITEM, state, BUILD)).toEqual(
    new Map([['a', 7]]),
  );
});

test('a tensor is a window into a storage that is not read', () => {
  const storage = join(MARK, text('storage'), global('torch', 'FloatStorage'), text('0'), text('cpu'), 'K\x06', TUPLE, 'Q');
  const tensor = value(
    global('torch._utils', '_rebuild_tensor_v2'),
    MARK,
    storage,
    'K\x01',
    'K\x02',
    [0x85],
    'K\x03',
    [0x85],
    [0x89],
    'N',
    TUPLE,
    REDUCE,
  );
  expect(tensor).toEqual(new TensorRef(new StorageRef('0', 'F32', 6), 1, [2], [3]));
});

test('several pickles in a row are read one by one', () => {
  const two = join(pickle('K\x01'), pickle('K\x02'));
  const first = readPickle(two);
  expect(first.value).toBe(1);
  expect(readPickle(two, first.end).value).toBe(2);
});

describe('nothing is run:', () => {
  test.each([
    ['os', 'system'],
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['builtins', 'getattr'],
    ['torch', 'load'],
    ['torch.hub', 'load'],
    ['torch.nn.modules.linear', 'Linear'],
    ['numpy.core.multiarray', '_reconstruct'],
    ['toString', 'constructor'],
  ])('the global %s.%s is refused by name', (module, name) => {
    expect(() => value(global(module, name), text('touch /tmp/x'), [0x85], REDUCE)).toThrow(`the pickle asks for "${module}.${name}"`);
  });
  test('a global that is put together on the stack is refused as well', () => {
    expect(() => readPickle(join([0x80, 4, 0x8c, 2], 'os', [0x8c, 6], 'system', [0x93], '.'))).toThrow('"os.system"');
  });
  test('a value is not called', () => {
    expect(() => value(text('os.system'), EMPTY_TUPLE, REDUCE)).toThrow('calls something that is not a function');
    expect(() => value(global('torch', 'FloatStorage'), EMPTY_TUPLE, REDUCE)).toThrow('calls "torch.FloatStorage"');
  });
  test('building an object of a class is refused, whichever opcode does it', () => {
    expect(() => value(global('collections', 'OrderedDict'), EMPTY_TUPLE, [0x81])).toThrow('builds an object (NEWOBJ at offset');
    expect(() => value(MARK, 'ios\nsystem\n')).toThrow('INST');
    expect(() => value(MARK, global('collections', 'OrderedDict'), 'o')).toThrow('OBJ');
    expect(() => value([0x82, 1])).toThrow('EXT1');
  });
  test('the state of something other than a dict is refused', () => {
    expect(() => value(global('torch', 'float16'), EMPTY_DICT, BUILD)).toThrow('sets the state of an object');
  });
});

describe('a damaged pickle is refused that', () => {
  test('ends early', () => {
    const whole = pickle(text('name'), 'K\x01', [0x86]);
    for (let length = 0; length < whole.length; length++) expect(() => readPickle(whole.subarray(0, length))).toThrow(PickleEndError);
  });
  test('takes from an empty stack, closes no mark, recalls nothing, or leaves values over', () => {
    expect(() => value()).toThrow('takes more from its stack');
    expect(() => value([0x86])).toThrow('takes more from its stack');
    expect(() => value('K\x01', TUPLE)).toThrow('closes a mark');
    expect(() => value('h\x09')).toThrow('recalls 9');
    expect(() => value('K\x01', 'K\x02')).toThrow('left over');
  });
  test('appends to a tuple or sets items of a list', () => {
    expect(() => value(EMPTY_TUPLE, 'K\x01', 'a')).toThrow('not a list');
    expect(() => value(']', 'K\x01', 'K\x01', SETITEM)).toThrow('not a dict');
    expect(() => value(EMPTY_DICT, MARK, 'K\x01', 'u')).toThrow('not a dict');
  });
  test('promises a string of four gigabytes or an integer of a thousand digits', () => {
    expect(() => value('X', le(0xffffffff, 4))).toThrow('4294967295 more bytes were due');
    expect(() => value([0x8d], le(2n ** 63n, 8))).toThrow('It is damaged');
    expect(() => value([0x8b], le(1000, 4))).toThrow('an integer of 1000 bytes; at most 64');
  });
  test('has an unknown opcode, a later protocol, or text that is not UTF-8', () => {
    expect(() => value([0xfe])).toThrow('unknown opcode 0xfe at offset 2');
    expect(() => readPickle(Uint8Array.of(0x80, 9))).toThrow('pickle protocol 9');
    expect(() => value('X', le(1, 4), [0xff])).toThrow('not UTF-8');
  });
  test('has a storage or a tensor that makes no sense', () => {
    expect(() => value(text('storage'), 'Q')).toThrow('not a storage of torch');
    const storage = (kind: string, size: Uint8Array | string) =>
      join(MARK, text('storage'), global('torch', kind), text('0'), text('cpu'), size, TUPLE, 'Q');
    expect(() => value(storage('float16', 'K\x06'))).toThrow('not a storage of torch');
    expect(() => value(storage('FloatStorage', join('J', le(0xffffffff, 4))))).toThrow('not a storage of torch');
    const rebuild = (...args: Parameters<typeof join>) =>
      value(global('torch._utils', '_rebuild_tensor_v2'), MARK, storage('FloatStorage', 'K\x06'), ...args, TUPLE, REDUCE);
    expect(() => rebuild('K\x00', EMPTY_TUPLE, 'K\x01', [0x85])).toThrow('no proper storage, offset, shape and strides');
    expect(() => rebuild('J', le(0xffffffff, 4), EMPTY_TUPLE, EMPTY_TUPLE)).toThrow('no proper storage');
    expect(() => rebuild('G', [0x3f, 0xe0, 0, 0, 0, 0, 0, 0], EMPTY_TUPLE, EMPTY_TUPLE)).toThrow('no proper storage');
  });
});

test('random bytes end in a CheckpointError, never in another error or a hang', () => {
  const random = seededRandom(1);
  for (let round = 0; round < 3000; round++) {
    const bytes = join(
      [0x80, 2],
      Uint8Array.from({ length: 64 }, () => random(256)),
    );
    try {
      readPickle(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(CheckpointError);
    }
  }
});

test('a tuple nested a hundred thousand deep is a value like another, and no key of a dict', () => {
  const deep = join(EMPTY_TUPLE, new Uint8Array(1e5).fill(0x85));
  expect(() => value(global('torch', 'device'), deep, [0x85], REDUCE)).not.toThrow();
  expect(() => findStateDict(value(EMPTY_DICT, deep, 'N', SETITEM))).toThrow('It holds a list of 1 (None)');
});

test('globals that are understood are names, not functions', () => {
  expect(value(global('torch', 'float16'))).toEqual(new GlobalRef('torch.float16'));
});
