import { describe, expect, test } from 'vitest';
import { global, join, le, pickle, seededRandom, text } from '../../fixtures/forge.ts';
import { CheckpointError } from '../checkpoint-error.ts';
import { findStateDict } from './find-state-dict.ts';
import { MAX_PICKLE_STEPS } from './pickle-budget.ts';
import { PickleEndError } from './pickle-input.ts';
import { GlobalRef, type PickleRecord, StorageRef, TensorRef } from './pickle-values.ts';
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
    ['__builtin__', 'eval'],
    ['subprocess', 'Popen'],
    ['torch', 'load'],
    ['torch.hub', 'load'],
  ])('the global %s.%s is refused by name', (module, name) => {
    expect(() => value(global(module, name), text('touch /tmp/x'), [0x85], REDUCE)).toThrow(
      `the pickle asks for "${module.replace('__builtin__', 'builtins')}.${name}"`,
    );
  });
  test('a global that is put together on the stack is refused as well', () => {
    expect(() => readPickle(join([0x80, 4, 0x8c, 2], 'os', [0x8c, 6], 'system', [0x93], '.'))).toThrow('"os.system"');
  });
  test('a value is not called', () => {
    expect(() => value(text('os.system'), EMPTY_TUPLE, REDUCE)).toThrow('calls something that is not a function');
    expect(() => value(global('torch', 'FloatStorage'), EMPTY_TUPLE, REDUCE)).toThrow('calls "torch.FloatStorage"');
  });
  test('making an object of such a class is refused as well', () => {
    expect(() => value(MARK, 'ios\nsystem\n')).toThrow('INST');
  });
  test('the state of something that has none is refused', () => {
    expect(() => value(global('torch', 'float16'), EMPTY_DICT, BUILD)).toThrow('sets the state of an object');
  });
});

describe('a class or function that is not understood is a record of what it was given:', () => {
  const noted = { name: 'some.Class', args: ['a'], state: null, items: [] };
  const [type, args] = [global('some', 'Class'), join(text('a'), [0x85])];
  const made: [how: string, opcodes: Uint8Array][] = [
    ['REDUCE', join(type, args, REDUCE)],
    ['NEWOBJ', join(type, args, [0x81])],
    ['NEWOBJ_EX', join(type, args, EMPTY_DICT, [0x92])],
    ['INST', join(MARK, text('a'), 'isome\nClass\n')],
    ['OBJ', join(MARK, type, text('a'), 'o')],
    ['STACK_GLOBAL', join(text('some'), text('Class'), [0x93], args, REDUCE)],
    ['copyreg', join(global('copy_reg', '__newobj__'), MARK, type, text('a'), TUPLE, REDUCE)],
  ];
  test.each(made)('%s', (_, opcodes) => {
    const record = value(opcodes);
    expect({ ...(record as object) }).toEqual(noted);
    expect(Object.getPrototypeOf(record)).toBe(null);
    for (const part of [record, (record as PickleRecord).args, (record as PickleRecord).items]) expect(Object.isFrozen(part)).toBe(true);
  });
  test.each(made)('%s: state, items and named entries are noted, too', (_, opcodes) => {
    const state = join(EMPTY_DICT, text('lr'), 'K\x01', SETITEM, BUILD);
    const items = join(MARK, 'K\x02K\x03e', MARK, text('k'), 'K\x04u', 'K\x05a');
    expect({ ...(value(opcodes, state, items) as object) }).toEqual({ ...noted, state: new Map([['lr', 1]]), items: [2, 3, ['k', 4], 5] });
  });
  test('named arguments are a dict behind the others', () => {
    const record = value(type, args, EMPTY_DICT, text('k'), 'N', SETITEM, [0x92]) as PickleRecord;
    expect(record.args).toEqual(['a', new Map([['k', null]])]);
  });
  test('calling what a call would give is noted as well', () => {
    const record = value(type, args, REDUCE, EMPTY_TUPLE, REDUCE) as PickleRecord;
    expect([record.name, record.args.length]).toEqual(['some.Class', 1]);
  });
  test('a name without a call is a name', () => {
    expect(value(type)).toEqual(new GlobalRef('some.Class'));
    expect(value([0x82, 7])).toEqual(new GlobalRef('copyreg extension 7'));
  });
  test('a persistent id that is no storage is a record', () => {
    expect({ ...(value(text('storage'), 'Q') as object) }).toMatchObject({ name: 'persistent id', args: ['storage'] });
    expect({ ...(value('Pthing\n') as object) }).toMatchObject({ name: 'persistent id', args: ['thing'] });
  });
  test.each([
    ['toString', 'constructor'],
    ['__proto__', '__proto__'],
    ['constructor', 'prototype'],
    ['Function', 'constructor'],
  ])('%s.%s reaches nothing of JavaScript', (module, name) => {
    const record = value(global(module, name), text('x'), [0x85], REDUCE, EMPTY_DICT, text('__proto__'), 'N', SETITEM, BUILD);
    expect({ ...(record as object) }).toMatchObject({ name: `${module}.${name}`, args: ['x'] });
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
  test.each(['os.system', 'posix.system', 'builtins.eval', 'subprocess.Popen', 'torch.hub.load'])(
    '%s, where it is set aside, is data and nothing else',
    (path) => {
      const [module, name] = [path.slice(0, path.lastIndexOf('.')), path.slice(path.lastIndexOf('.') + 1)];
      const bytes = pickle(global(module, name), text('touch /tmp/x'), [0x85], REDUCE);
      const { value: record, globals } = readPickle(bytes, 0, { hostile: 'setAside' });
      expect({ ...(record as object) }).toEqual({ name: path, args: ['touch /tmp/x'], state: null, items: [] });
      expect([...globals]).toEqual([path]);
      for (const part of Object.values(record as PickleRecord).flat()) expect(['string', 'object']).toContain(typeof part);
    },
  );
});

test('the classes that are understood make values of ours', () => {
  const call = (path: string, ...args: Parameters<typeof join>) => {
    const [module, name] = [path.slice(0, path.lastIndexOf('.')), path.slice(path.lastIndexOf('.') + 1)];
    return value(global(module, name), MARK, ...args, TUPLE, REDUCE);
  };
  const dict = join(EMPTY_DICT, text('k'), 'K\x01', SETITEM);
  expect(call('collections.OrderedDict', ']', MARK, text('k'), 'K\x01', TUPLE, 'a')).toEqual(new Map([['k', 1]]));
  expect(call('collections.Counter', dict)).toEqual(new Map([['k', 1]]));
  expect(call('collections.defaultdict', global('__builtin__', 'int'))).toEqual(new Map());
  expect(call('__builtin__.set', ']K\x01a')).toEqual([1]);
  expect(call('builtins.frozenset', ']K\x01a')).toEqual([1]);
  expect(value(MARK, 'K\x01', [0x91])).toEqual([1]); // FROZENSET
  expect(call('_codecs.encode', text('ÿ\0'), text('latin1'))).toEqual(Uint8Array.of(255, 0));
  expect(call('__builtin__.bytearray', text('ÿ'), text('latin-1'))).toEqual(Uint8Array.of(255));
  expect(call('__builtin__.bytes')).toEqual(new Uint8Array(0));
  expect(value([0x96], le(2, 8), [1, 2])).toEqual(Uint8Array.of(1, 2)); // BYTEARRAY8
  expect(value(global('collections', 'OrderedDict'), EMPTY_TUPLE, [0x81])).toEqual(new Map()); // NEWOBJ
  expect(value(MARK, global('collections', 'OrderedDict'), 'o')).toEqual(new Map()); // OBJ
});

test('protocol 0 writes everything as text', () => {
  expect(value('I42\n')).toBe(42);
  expect([value('I00\n'), value('I01\n')]).toEqual([false, true]);
  expect(value('L-1234567890123456789012L\n')).toBe(-1234567890123456789012n);
  expect(['F1.5\n', 'F-1e-05\n', 'Finf\n', 'F-inf\n', 'Fnan\n'].map((line) => value(line))).toEqual([1.5, -1e-5, Infinity, -Infinity, NaN]);
  expect(value(join('Vgr', [0xf6], '\\u00dfer \\U0001f408\n'))).toBe('größer 🐈');
  expect(value(`S'it\\'s \\x41\\101\\n'\n`)).toBe("it's AA\n");
  expect(value('(lp0\nI1\nag0\n0')).toEqual([1]);
  expect(value('I1\n20')).toEqual(1); // DUP; POP takes a value away …
  expect(value('I1\n(0')).toEqual(1); // … or a mark
  const storage = value("P('storage', <class 'torch.FloatStorage'>, '7', 'cpu', 6)\n");
  expect(storage).toEqual(new StorageRef('7', 'F32', 6));
  for (const line of ['Iabc\n', 'L1e5L\n', 'F0x10\n', "S'open\n", 'g-1\n', 'gx\n']) expect(() => value(line)).toThrow(CheckpointError);
  expect(() => value(`L${'9'.repeat(1e6)}L\n`)).toThrow('a number of 1000001 digits');
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

describe('a bomb is refused in a moment that', () => {
  const bomb = (opcodes: Uint8Array) => expect(() => value(opcodes));
  const list = join(']', MARK, ...Array.from({ length: 1000 }, () => 'N'), 'eq\0');
  const again = (times: number, ...opcodes: Parameters<typeof join>) => {
    const one = join(...opcodes);
    const all = new Uint8Array(one.length * times);
    for (let i = 0; i < times; i++) all.set(one, i * one.length);
    return all;
  };
  test('opens a million dicts or records', () => {
    const count = MAX_PICKLE_STEPS / 8;
    bomb(again(count / 2, '}')).toThrow(`more than ${MAX_PICKLE_STEPS} steps`);
    bomb(join(global('a', 'b'), 'q\0', again(count / 2, 'h\0)R'))).toThrow('steps');
  });
  test('copies one list over and over', () => {
    for (const name of ['set', 'list', 'tuple', 'dict'])
      bomb(join(list, '0', global('builtins', name), 'q\x01', again(Math.ceil(MAX_PICKLE_STEPS / 1000), 'h\x01h\0', [0x85], 'R0'))).toThrow(
        'steps',
      );
  });
  test('passes one list as the arguments of a record’s call', () => {
    bomb(join(list, '0', global('a', 'b'), ')Rq\x01', again(Math.ceil(MAX_PICKLE_STEPS / 1000), 'h\x01h\0R0'))).toThrow('steps');
    bomb(join(list, '0', global('a', 'b'), 'q\x01', again(Math.ceil(MAX_PICKLE_STEPS / 1000), 'h\x01h\0}', [0x92], '0'))).toThrow('steps');
  });
  test('encodes one text over and over', () => {
    const one = join(text('x'.repeat(1e5)), 'q\0', '0', text('latin1'), 'q\x01', '0', global('_codecs', 'encode'), 'q\x02', '0]');
    bomb(join(one, again(1e3, 'h\x02h\0h\x01', [0x86], 'Ra'))).toThrow('copies its texts and bytes over and over');
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
