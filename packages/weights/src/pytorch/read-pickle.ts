import { CheckpointError } from '../checkpoint-error.ts';
import { callGlobal, findGlobal, storageRef } from './pickle-globals.ts';
import { PickleInput } from './pickle-input.ts';
import { PickleMachine } from './pickle-machine.ts';
import type { PickleValue } from './pickle-values.ts';

/** Longest integer, in bytes; torch's magic number has 10. */
export const MAX_INTEGER_BYTES = 64;
/** Latest pickle protocol that is read. */
export const MAX_PICKLE_PROTOCOL = 5;

/** Opcodes that can build arbitrary objects or call anything; refused by name. */
const REFUSED = new Map([
  [0x69, 'INST'],
  [0x6f, 'OBJ'],
  [0x81, 'NEWOBJ'],
  [0x92, 'NEWOBJ_EX'],
  [0x82, 'EXT1'],
  [0x83, 'EXT2'],
  [0x84, 'EXT4'],
  [0x97, 'NEXT_BUFFER'],
  [0x50, 'PERSID'],
]);

/**
 * Reads one pickle of a tensor checkpoint. Executes nothing: it knows the opcodes that build numbers, strings,
 * tuples, lists and dicts, and a short list of torch's own globals, and refuses the rest by name.
 *
 * @param start where in `bytes` the pickle begins.
 * @returns the value, and where the pickle ended.
 * @throws CheckpointError for anything that is not such a pickle, PickleEndError if `bytes` is too short for it.
 * @see https://docs.python.org/3/library/pickletools.html (opcodes)
 */
export function readPickle(bytes: Uint8Array, start = 0): { value: PickleValue; end: number } {
  const input = new PickleInput(bytes, start);
  const machine = new PickleMachine();
  for (;;) {
    const at = input.position;
    const opcode = input.uint8();
    if (opcode === 0x2e) return { value: machine.result(), end: input.position }; // STOP
    const run = OPCODES.get(opcode);
    if (!run) {
      const refused = REFUSED.get(opcode);
      throw new CheckpointError(
        refused
          ? `the pickle builds an object (${refused} at offset ${at}), which a checkpoint of tensors does not need. Nothing was run.`
          : `the pickle has an unknown opcode 0x${opcode.toString(16).padStart(2, '0')} at offset ${at}. It is damaged or not a checkpoint of tensors.`,
      );
    }
    run(machine, input);
  }
}

type Operation = (machine: PickleMachine, input: PickleInput) => void;

const OPCODES = new Map<number, Operation>([
  [0x80, (_, p) => checkProtocol(p.uint8())], // PROTO
  [0x95, (_, p) => void p.uint64()], // FRAME
  [0x28, (m) => m.mark()], // MARK
  [0x30, (m) => void m.pop()], // POP
  [0x31, (m) => void m.popMark()], // POP_MARK
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m, p) => m.push(p.int32())], // BININT
  [0x4b, (m, p) => m.push(p.uint8())], // BININT1
  [0x4d, (m, p) => m.push(p.uint16())], // BININT2
  [0x8a, (m, p) => m.push(integer(p, p.uint8()))], // LONG1
  [0x8b, (m, p) => m.push(integer(p, p.uint32()))], // LONG4
  [0x47, (m, p) => m.push(p.float64())], // BINFLOAT
  [0x58, (m, p) => m.push(p.utf8(p.uint32()))], // BINUNICODE
  [0x8c, (m, p) => m.push(p.utf8(p.uint8()))], // SHORT_BINUNICODE
  [0x8d, (m, p) => m.push(p.utf8(p.uint64()))], // BINUNICODE8
  [0x55, (m, p) => m.push(p.utf8(p.uint8()))], // SHORT_BINSTRING: text of Python 2
  [0x54, (m, p) => m.push(p.utf8(p.uint32()))], // BINSTRING
  [0x43, (m, p) => m.push(p.bytes(p.uint8()))], // SHORT_BINBYTES
  [0x42, (m, p) => m.push(p.bytes(p.uint32()))], // BINBYTES
  [0x8e, (m, p) => m.push(p.bytes(p.uint64()))], // BINBYTES8
  [0x29, (m) => m.tuple(0)], // EMPTY_TUPLE
  [0x85, (m) => m.tuple(1)], // TUPLE1
  [0x86, (m) => m.tuple(2)], // TUPLE2
  [0x87, (m) => m.tuple(3)], // TUPLE3
  [0x74, (m) => m.push(Object.freeze(m.popMark()))], // TUPLE
  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x6c, (m) => m.push(m.popMark())], // LIST
  [0x61, (m) => m.append([m.pop()])], // APPEND
  [0x65, (m) => m.append(m.popMark())], // APPENDS
  [0x8f, (m) => m.push([])], // EMPTY_SET
  [0x90, (m) => m.append(m.popMark())], // ADDITEMS
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x64, (m) => dict(m)], // DICT
  [0x73, (m) => m.setItems([m.pop(), m.pop()].reverse())], // SETITEM
  [0x75, (m) => m.setItems(m.popMark())], // SETITEMS
  [0x71, (m, p) => m.put(p.uint8())], // BINPUT
  [0x72, (m, p) => m.put(p.uint32())], // LONG_BINPUT
  [0x94, (m) => m.memoize()], // MEMOIZE
  [0x68, (m, p) => m.get(p.uint8())], // BINGET
  [0x6a, (m, p) => m.get(p.uint32())], // LONG_BINGET
  [0x63, (m, p) => m.push(findGlobal(p.line(), p.line()))], // GLOBAL
  [0x93, (m) => stackGlobal(m)], // STACK_GLOBAL
  [0x52, (m) => reduce(m)], // REDUCE
  [0x62, (m) => m.build()], // BUILD
  [0x51, (m) => m.push(storageRef(m.pop()))], // BINPERSID
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

function dict(machine: PickleMachine): void {
  const items = machine.popMark();
  machine.push(new Map());
  machine.setItems(items);
}

function stackGlobal(machine: PickleMachine): void {
  const [name, module] = [machine.pop(), machine.pop()];
  if (typeof module !== 'string' || typeof name !== 'string')
    throw new CheckpointError('the pickle names a global by other than strings. It is damaged.');
  machine.push(findGlobal(module, name));
}

function reduce(machine: PickleMachine): void {
  const args = machine.pop();
  machine.push(callGlobal(machine.pop(), args));
}
