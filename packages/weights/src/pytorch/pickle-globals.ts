import { CheckpointError, quote } from '../checkpoint-error.ts';
import { DTYPES, type DTypeName, type StoredDTypeName } from '../dtype.ts';
import { MAX_RANK } from '../safetensors/header.ts';
import { isHostile } from './hostile-globals.ts';
import { CONTAINER_STEPS, type PickleBudget } from './pickle-budget.ts';
import { GlobalRef, isRecord, openRecord, type PickleValue, StorageRef, TensorRef } from './pickle-values.ts';

/** torch's storage classes. */
const STORAGES: Readonly<Record<string, StoredDTypeName>> = {
  'torch.DoubleStorage': 'F64',
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
  'torch.ComplexFloatStorage': 'C64',
  'torch.ComplexDoubleStorage': 'C128',
  'torch.QInt8Storage': 'QINT8',
  'torch.QUInt8Storage': 'QUINT8',
  'torch.QInt32Storage': 'QINT32',
  'torch.QUInt4x2Storage': 'QUINT4X2',
  'torch.QUInt2x4Storage': 'QUINT2X4',
  'torch.storage.UntypedStorage': 'U8',
  'torch.UntypedStorage': 'U8',
};

/** torch's types of numbers without a storage class of their own: a tensor of them is a view of bytes. */
const VIEWED: Readonly<Record<string, DTypeName>> = {
  'torch.uint16': 'U16',
  'torch.uint32': 'U32',
  'torch.uint64': 'U64',
  'torch.float8_e4m3fn': 'F8_E4M3',
  'torch.float8_e5m2': 'F8_E5M2',
  'torch.float8_e8m0fnu': 'F8_E8M0',
};

type Call = (args: readonly PickleValue[], budget: PickleBudget) => PickleValue | undefined;

const rebuildTensor: Call = ([storage, offset, shape, strides]) => tensor(storage, offset, shape, strides);
const first: Call = ([value]) => value;
const listOf: Call = ([items = []], budget) => {
  if (!isArray(items)) return undefined;
  budget.steps(items.length);
  return [...items];
};
const dictOf: Call = ([items = []], budget) => {
  if (!isArray(items) && !(items instanceof Map)) return undefined;
  budget.steps(2 * CONTAINER_STEPS * (isArray(items) ? items.length : items.size));
  return new Map(
    items instanceof Map ? items : items.filter((item): item is [PickleValue, PickleValue] => isArray(item) && item.length === 2),
  );
};

/**
 * What each callable global stands for, done by us; where its arguments are not the expected ones it is noted like any
 * other. Nothing is looked up by name anywhere else.
 */
const CALLS: Readonly<Record<string, Call>> = {
  'collections.OrderedDict': dictOf,
  'collections.Counter': dictOf,
  'collections.defaultdict': ([, items = []], budget) => dictOf([items], budget),
  'builtins.dict': dictOf,
  'builtins.list': listOf,
  'builtins.tuple': listOf,
  'builtins.set': listOf,
  'builtins.frozenset': listOf,
  'builtins.bytes': bytesOf,
  'builtins.bytearray': bytesOf,
  '_codecs.encode': bytesOf,
  'copyreg._reconstructor': ([type, , state = null], budget) => newObject(type, state === null ? [] : [state], budget),
  'copyreg.__newobj__': ([type, ...args], budget) => newObject(type, args, budget),
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_tensor_v3': viewedTensor,
  'torch._utils._rebuild_parameter': first,
  'torch._utils._rebuild_parameter_with_state': first,
  'torch._tensor._rebuild_from_type': rebuildFromType,
  'torch._tensor._rebuild_from_type_v2': rebuildFromType,
  'torch.Size': first,
  'torch.device': ([type, index]) => (typeof index === 'number' ? `${plain(type)}:${index}` : plain(type)),
};

/** Globals that are values: torch's dtypes, as checkpoints of training runs hold them. */
const DTYPE_GLOBAL = /^torch\.(float(16|32|64)|bfloat16|u?int(8|16|32|64)|bool|complex(32|64|128)|float8_\w+)$/;

/** Globals that are read later on (numpy's arrays), or say nothing worth a note. */
const QUIET =
  /^(numpy\.(ndarray|dtype|core\.multiarray\.(_reconstruct|scalar)|core\.numeric\._frombuffer)|builtins\.(int|float|str|bool|bytes|list|tuple|dict|set|object|complex)|torch\.(Tensor|nn\.parameter\.(Parameter|Buffer)|jit\._pickle\.\w+))$/;

/** Whether a global is one of those that are understood. */
export const isUnderstood = (name: string): boolean =>
  Object.hasOwn(STORAGES, name) || Object.hasOwn(CALLS, name) || DTYPE_GLOBAL.test(name) || QUIET.test(name);

/** What to do with a file that asks for what only an attack needs: refuse it, or set that aside like all else. */
export type HostileGlobals = 'refuse' | 'setAside';

/**
 * The name of a global. It is never looked up.
 *
 * @param opcode and its place, for the message.
 * @throws CheckpointError for one that runs programs, unless that is to be set aside.
 */
export function findGlobal(module: string, name: string, opcode: string, hostile: HostileGlobals): GlobalRef {
  const path = `${MOVED.get(module) ?? module.replace(/^numpy\._core\b/, 'numpy.core')}.${name}`;
  if (hostile === 'refuse' && isHostile(path))
    throw new CheckpointError(
      `the pickle asks for ${quote(path)} (${opcode}), which no checkpoint of tensors needs: it is made to harm whoever opens it ` +
        "in Python. Nothing was run. Get model.state_dict() from a source that you trust, or read the tensors alone with { hostile: 'setAside' }.",
    );
  return new GlobalRef(path);
}

/** Modules of Python 2, which pickles up to protocol 2 name. */
const MOVED = new Map([
  ['__builtin__', 'builtins'],
  ['copy_reg', 'copyreg'],
]);

/**
 * What a call gives: a value for the calls above, a note of name and arguments for any other. Nothing is called.
 *
 * @throws CheckpointError if `callee` is no global, or is one of torch's that cannot be called.
 */
export function callGlobal(callee: PickleValue | undefined, args: PickleValue | undefined, budget: PickleBudget): PickleValue {
  const given = isArray(args) ? args : [args ?? null];
  if (isRecord(callee)) {
    budget.steps(given.length);
    return openRecord(callee.name, [callee, ...given]);
  }
  if (!(callee instanceof GlobalRef) || Object.hasOwn(STORAGES, callee.name) || DTYPE_GLOBAL.test(callee.name))
    throw new CheckpointError(
      `the pickle calls ${callee instanceof GlobalRef ? quote(callee.name) : 'something that is not a function'}. Nothing was run.`,
    );
  const known = Object.hasOwn(CALLS, callee.name) ? CALLS[callee.name]?.(given, budget) : undefined;
  return known === undefined ? openRecord(callee.name, given) : known;
}

/**
 * A storage of torch: `('storage', torch.FloatStorage, key, location, elements)`; legacy files add a view. Their whole
 * models also have `('module', class, file, source)`. Anything else is noted.
 */
export function persistentValue(id: PickleValue | undefined): PickleValue {
  if (isArray(id) && id[0] === 'module' && id[1] instanceof GlobalRef) return id[1];
  if (!(isArray(id) && id[0] === 'storage')) return openRecord('persistent id', [id ?? null]);
  const [, type, key, , elements, view = null] = id;
  const dtype = type instanceof GlobalRef && Object.hasOwn(STORAGES, type.name) ? STORAGES[type.name] : undefined;
  if (!dtype || typeof key !== 'string' || !isCount(elements))
    throw new CheckpointError(
      `a persistent id of the pickle is not a storage of torch (${type instanceof GlobalRef ? quote(type.name) : 'of no class'}). Is it a checkpoint of tensors?`,
    );
  // The view (key, offset, elements) of files before torch 0.4 would shift the storage.
  if (view !== null)
    throw new CheckpointError(
      `storage ${quote(key)} is a view of another, which only torch before 0.4 wrote. Save it again with a newer torch.`,
    );
  return new StorageRef(key, dtype, elements);
}

/** Protocol 0 writes a storage's tuple as Python prints it. */
export function persistentText(id: string): PickleValue {
  const found = /^\('storage', <class '(?:(torch(?:\.storage)?)\.(\w+))'>, '([^']*)', '([^']*)', (\d{1,15})(?:, None)?\)$/.exec(id);
  if (!found) return openRecord('persistent id', [id]);
  const [, module, name, key = '', place = '', elements] = found;
  return persistentValue(['storage', new GlobalRef(`${module}.${name}`), key, place, Number(elements)]);
}

function tensor(storage?: PickleValue, offset?: PickleValue, shape?: PickleValue, strides?: PickleValue): TensorRef {
  if (storage instanceof StorageRef && isCount(offset) && isCounts(shape) && isCounts(strides) && shape.length === strides.length)
    return new TensorRef(storage, offset, shape, strides);
  throw new CheckpointError('a tensor of the pickle has no proper storage, offset, shape and strides. The file is damaged.');
}

/** `(storage of bytes, offset, shape, strides, requires_grad, hooks, dtype, metadata)` */
function viewedTensor([bytes, offset, shape, strides, , , type]: readonly PickleValue[]): TensorRef | undefined {
  const dtype = type instanceof GlobalRef && Object.hasOwn(VIEWED, type.name) ? VIEWED[type.name] : undefined;
  if (!dtype || !(bytes instanceof StorageRef) || bytes.dtype !== 'U8') return undefined;
  return tensor(new StorageRef(bytes.key, dtype, Math.floor(bytes.elements / DTYPES[dtype].bytes)), offset, shape, strides);
}

/** `(function, class, arguments, state)`: a tensor with attributes, or of a subclass. */
function rebuildFromType([rebuild, , args]: readonly PickleValue[], budget: PickleBudget): PickleValue | undefined {
  const known = rebuild instanceof GlobalRef && rebuild.name.startsWith('torch._utils._rebuild_') && isArray(args);
  return known && Object.hasOwn(CALLS, rebuild.name) ? CALLS[rebuild.name]?.(args, budget) : undefined;
}

/** Bytes as protocols up to 2 write them: a string of one character a byte; or bytes already. */
function bytesOf([source, encoding]: readonly PickleValue[], budget: PickleBudget): Uint8Array | undefined {
  if (source === undefined) return new Uint8Array(0);
  if (source instanceof Uint8Array) {
    budget.copies(source.length);
    return source.slice();
  }
  if (typeof source !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1')) return undefined;
  budget.copies(source.length);
  const bytes = new Uint8Array(source.length);
  for (let i = 0; i < source.length; i++) bytes[i] = source.charCodeAt(i);
  return bytes;
}

/** How older protocols make an object of a class: by a function that gets the class. */
function newObject(type: PickleValue | undefined, args: readonly PickleValue[], budget: PickleBudget): PickleValue | undefined {
  budget.steps(args.length);
  return type instanceof GlobalRef && !type.name.startsWith('copyreg.') ? callGlobal(type, args, budget) : undefined; // no circles
}

const plain = (value: PickleValue | undefined): string => (typeof value === 'string' ? value : '?');
const isArray = (value: PickleValue | undefined): value is readonly PickleValue[] => Array.isArray(value);
export const isCount = (value: PickleValue | undefined): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
/** A shape, or its strides. */
export const isCounts = (value: PickleValue | undefined): value is number[] =>
  isArray(value) && value.length <= MAX_RANK && value.every(isCount);
