import { CheckpointError } from '../checkpoint-error.ts';
import { PickleBudget } from './pickle-budget.ts';
import { findGlobal, type HostileGlobals, persistentText, persistentValue } from './pickle-globals.ts';
import { PickleInput } from './pickle-input.ts';
import { PickleMachine } from './pickle-machine.ts';
import { floatOf, intOf, longOf, MAX_INTEGER_BYTES, MAX_NUMBER_CHARS, quotedOf, unicodeOf } from './pickle-text.ts';
import { GlobalRef, type PickleValue, type StorageRef } from './pickle-values.ts';

/** Latest pickle protocol that is read. */
export const MAX_PICKLE_PROTOCOL = 5;

/** What one pickle holds. */
export interface Pickle {
  readonly value: PickleValue;
  /** Where it ended. */
  readonly end: number;
  /** Every class and function that it names. */
  readonly globals: ReadonlySet<string>;
  /** Every storage that it mentions, by key. */
  readonly storages: ReadonlyMap<string, StorageRef>;
}

/**
 * Reads one pickle of a checkpoint, of any protocol. Executes nothing: it builds numbers, strings, tuples, lists, dicts
 * and torch's tensors itself; any other class or function is a name, and what the pickle would have done with it is
 * noted in a record.
 *
 * @param start where in `bytes` the pickle begins.
 * @throws CheckpointError for anything that is not such a pickle, or asks for programs to be run (unless `hostile` is
 *   `'setAside'`); PickleEndError if `bytes` is too short for it.
 * @see https://docs.python.org/3/library/pickletools.html (opcodes)
 */
export function readPickle(bytes: Uint8Array, start = 0, { hostile = 'refuse' }: { readonly hostile?: HostileGlobals } = {}): Pickle {
  const input = new PickleInput(bytes, start);
  const machine = new PickleMachine(new PickleBudget(bytes.byteLength - start), hostile);
  for (;;) {
    const at = input.position;
    const opcode = input.uint8();
    machine.budget.steps(1);
    if (opcode === 0x2e) return { value: machine.result(), end: input.position, globals: machine.globals, storages: machine.storages }; // STOP
    const run = OPCODES.get(opcode);
    if (!run)
      throw new CheckpointError(
        `the pickle has an unknown opcode 0x${opcode.toString(16).padStart(2, '0')} at offset ${at}. It is damaged or not a checkpoint of tensors.`,
      );
    run(machine, input, at);
  }
}

type Operation = (machine: PickleMachine, input: PickleInput, at: number) => void;

const OPCODES = new Map<number, Operation>([
  [0x80, (_, p) => checkProtocol(p.uint8())], // PROTO
  [0x95, (_, p) => void p.uint64()], // FRAME
  [0x28, (m) => m.mark()], // MARK
  [0x30, (m) => m.drop()], // POP
  [0x31, (m) => void m.popMark()], // POP_MARK
  [0x32, (m) => m.push(m.top())], // DUP
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x49, (m, p) => m.push(intOf(p.latin1Line(MAX_NUMBER_CHARS)))], // INT
  [0x4a, (m, p) => m.push(p.int32())], // BININT
  [0x4b, (m, p) => m.push(p.uint8())], // BININT1
  [0x4d, (m, p) => m.push(p.uint16())], // BININT2
  [0x4c, (m, p) => m.push(longOf(p.latin1Line(MAX_NUMBER_CHARS)))], // LONG
  [0x8a, (m, p) => m.push(integer(p, p.uint8()))], // LONG1
  [0x8b, (m, p) => m.push(integer(p, p.uint32()))], // LONG4
  [0x46, (m, p) => m.push(floatOf(p.latin1Line(MAX_NUMBER_CHARS)))], // FLOAT
  [0x47, (m, p) => m.push(p.float64())], // BINFLOAT
  [0x56, (m, p) => m.push(unicodeOf(p.latin1Line()))], // UNICODE
  [0x58, (m, p) => m.push(p.utf8(p.uint32()))], // BINUNICODE
  [0x8c, (m, p) => m.push(p.utf8(p.uint8()))], // SHORT_BINUNICODE
  [0x8d, (m, p) => m.push(p.utf8(p.uint64()))], // BINUNICODE8
  [0x53, (m, p) => m.push(quotedOf(p.latin1Line()))], // STRING: text of Python 2
  [0x55, (m, p) => m.push(p.string(p.uint8()))], // SHORT_BINSTRING: likewise
  [0x54, (m, p) => m.push(p.string(p.uint32()))], // BINSTRING: likewise
  [0x43, (m, p) => m.push(p.bytes(p.uint8()))], // SHORT_BINBYTES
  [0x42, (m, p) => m.push(p.bytes(p.uint32()))], // BINBYTES
  [0x8e, (m, p) => m.push(p.bytes(p.uint64()))], // BINBYTES8
  [0x96, (m, p) => m.push(p.bytes(p.uint64()))], // BYTEARRAY8
  [0x97, (_, p) => noBuffer(p.position - 1)], // NEXT_BUFFER
  [0x98, () => undefined], // READONLY_BUFFER
  [0x29, (m) => m.tuple(0)], // EMPTY_TUPLE
  [0x85, (m) => m.tuple(1)], // TUPLE1
  [0x86, (m) => m.tuple(2)], // TUPLE2
  [0x87, (m) => m.tuple(3)], // TUPLE3
  [0x74, (m) => m.push(Object.freeze(m.popMark()))], // TUPLE
  [0x5d, (m) => m.list()], // EMPTY_LIST
  [0x6c, (m) => m.push(m.popMark())], // LIST
  [0x61, (m) => m.append([m.pop()])], // APPEND
  [0x65, (m) => m.append(m.popMark())], // APPENDS
  [0x8f, (m) => m.list()], // EMPTY_SET
  [0x90, (m) => m.append(m.popMark())], // ADDITEMS
  [0x91, (m) => m.push(Object.freeze(m.popMark()))], // FROZENSET
  [0x7d, (m) => m.dict()], // EMPTY_DICT
  [0x64, (m) => m.dict(m.popMark())], // DICT
  [0x73, (m) => m.setItems([m.pop(), m.pop()].reverse())], // SETITEM
  [0x75, (m) => m.setItems(m.popMark())], // SETITEMS
  [0x70, (m, p) => m.put(index(p))], // PUT
  [0x71, (m, p) => m.put(p.uint8())], // BINPUT
  [0x72, (m, p) => m.put(p.uint32())], // LONG_BINPUT
  [0x94, (m) => m.memoize()], // MEMOIZE
  [0x67, (m, p) => m.get(index(p))], // GET
  [0x68, (m, p) => m.get(p.uint8())], // BINGET
  [0x6a, (m, p) => m.get(p.uint32())], // LONG_BINGET
  [0x63, (m, p, at) => m.global(named(m, p, `GLOBAL at offset ${at}`))], // GLOBAL
  [0x93, (m, _, at) => stackGlobal(m, at)], // STACK_GLOBAL
  [0x82, (m, p) => m.global(extension(p.uint8()))], // EXT1
  [0x83, (m, p) => m.global(extension(p.uint16()))], // EXT2
  [0x84, (m, p) => m.global(extension(p.int32()))], // EXT4
  [0x52, (m) => reduce(m)], // REDUCE
  [0x81, (m) => reduce(m)], // NEWOBJ
  [0x92, (m) => newObject(m)], // NEWOBJ_EX
  [0x69, (m, p, at) => instance(m, p, at)], // INST
  [0x6f, (m) => object(m)], // OBJ
  [0x62, (m) => m.build()], // BUILD
  [0x50, (m, p) => m.persistent(persistentText(p.line()))], // PERSID
  [0x51, (m) => m.persistent(persistentValue(m.pop()))], // BINPERSID
]);

function checkProtocol(protocol: number): void {
  if (protocol > MAX_PICKLE_PROTOCOL) throw new CheckpointError(`pickle protocol ${protocol}; up to ${MAX_PICKLE_PROTOCOL} are read.`);
}

/** Two's complement, little-endian; a bigint only where a number cannot hold it. */
function integer(input: PickleInput, length: number): number | bigint {
  if (length > MAX_INTEGER_BYTES)
    throw new CheckpointError(`the pickle holds an integer of ${length} bytes; at most ${MAX_INTEGER_BYTES} are read.`);
  const value = input.bytes(length).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const signed = BigInt.asIntN(length * 8, value);
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
}

/** A place in the memo, in digits. */
function index(input: PickleInput): number {
  const place = longOf(input.latin1Line(MAX_NUMBER_CHARS));
  if (typeof place !== 'number' || place < 0) throw new CheckpointError('the pickle notes or recalls a place that is none. It is damaged.');
  return place;
}

function noBuffer(at: number): never {
  throw new CheckpointError(`the pickle's buffers are elsewhere (NEXT_BUFFER at offset ${at}). Save it in one piece, with torch.save.`);
}

const named = (machine: PickleMachine, input: PickleInput, opcode: string): GlobalRef =>
  findGlobal(input.line(), input.line(), opcode, machine.hostile);

/** A class by its number in a registry that only the program that saved has. */
const extension = (code: number): GlobalRef => new GlobalRef(`copyreg extension ${code}`);

function stackGlobal(machine: PickleMachine, at: number): void {
  const [name, module] = [machine.pop(), machine.pop()];
  if (typeof module !== 'string' || typeof name !== 'string')
    throw new CheckpointError('the pickle names a global by other than strings. It is damaged.');
  machine.global(findGlobal(module, name, `STACK_GLOBAL at offset ${at}`, machine.hostile));
}

/** Calling a function and making an object of a class differ for Python; here both are the same note. */
function reduce(machine: PickleMachine): void {
  const args = machine.pop();
  machine.call(machine.pop(), args);
}

/** Named arguments become a dict behind the others. */
function newObject(machine: PickleMachine): void {
  const [named, args] = [machine.pop(), machine.pop()];
  if (Array.isArray(args)) machine.budget.steps(args.length);
  const all = [...(Array.isArray(args) ? args : [args]), ...(named instanceof Map && named.size ? [named] : [])];
  machine.call(machine.pop(), all);
}

function instance(machine: PickleMachine, input: PickleInput, at: number): void {
  const args = machine.popMark();
  machine.global(named(machine, input, `INST at offset ${at}`));
  machine.call(machine.pop(), args);
}

function object(machine: PickleMachine): void {
  const [type, ...args] = machine.popMark();
  machine.call(type, args);
}
