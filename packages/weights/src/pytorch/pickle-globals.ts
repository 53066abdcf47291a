import { CheckpointError, quote } from '../checkpoint-error.ts';
import type { DTypeName } from '../dtype.ts';
import { MAX_RANK } from '../safetensors/header.ts';
import { GlobalRef, type PickleValue, StorageRef, TensorRef } from './pickle-values.ts';

/** torch's storage classes; one that is missing here (quantized, complex) is refused. */
const STORAGES: Readonly<Record<string, DTypeName>> = {
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
};

/**
 * What each callable global stands for, done by us: a subset of what `torch.load(weights_only=True)` allows.
 * Nothing is looked up by name anywhere else.
 */
const CALLS: Readonly<Record<string, (args: readonly PickleValue[]) => PickleValue>> = {
  'collections.OrderedDict': (args) => new Map(pairs(args[0])),
  'torch._utils._rebuild_tensor': ([storage, offset, shape, strides]) => tensor(storage, offset, shape, strides),
  'torch._utils._rebuild_tensor_v2': ([storage, offset, shape, strides]) => tensor(storage, offset, shape, strides),
  'torch._utils._rebuild_parameter': ([data]) => data ?? null,
  'torch.Size': ([sizes]) => sizes ?? null,
  'torch.device': ([type, index]) => (typeof index === 'number' ? `${plain(type)}:${index}` : plain(type)),
  '_codecs.encode': ([text, encoding]) => latin1(text, encoding),
};

/** Globals that are values: torch's dtypes, as checkpoints of training runs hold them. */
const DTYPE_GLOBAL = /^torch\.(float(16|32|64)|bfloat16|u?int(8|16|32|64)|bool)$/;

/** @throws CheckpointError for any global that a checkpoint of tensors does not need. */
export function findGlobal(module: string, name: string): GlobalRef {
  const path = `${module}.${name}`;
  if (Object.hasOwn(STORAGES, path) || Object.hasOwn(CALLS, path) || DTYPE_GLOBAL.test(path)) return new GlobalRef(path);
  throw new CheckpointError(
    `the pickle asks for ${quote(path)}, which a checkpoint of tensors does not need. Nothing was run. ` +
      'If you trust the file, load it in Python and save only model.state_dict().',
  );
}

/** @throws CheckpointError if `callee` is not one of the calls above or its arguments make no sense. */
export function callGlobal(callee: PickleValue | undefined, args: PickleValue | undefined): PickleValue {
  const call = callee instanceof GlobalRef && Object.hasOwn(CALLS, callee.name) ? CALLS[callee.name] : undefined;
  if (!call || !Array.isArray(args))
    throw new CheckpointError(
      `the pickle calls ${callee instanceof GlobalRef ? quote(callee.name) : 'something that is not a function'}. Nothing was run.`,
    );
  return call(args);
}

/** `('storage', torch.FloatStorage, key, location, elements)`; legacy files add a view, checked by the caller. */
export function storageRef(id: PickleValue | undefined): StorageRef {
  if (Array.isArray(id) && id[0] === 'storage' && id[1] instanceof GlobalRef && typeof id[2] === 'string' && isCount(id[4])) {
    const dtype = Object.hasOwn(STORAGES, id[1].name) ? STORAGES[id[1].name] : undefined;
    // The view (key, offset, elements) of files before torch 0.4 would shift the storage.
    if (dtype && (id[5] ?? null) === null) return new StorageRef(id[2], dtype, id[4]);
    if (dtype)
      throw new CheckpointError(
        `storage ${quote(id[2])} is a view of another, which only torch before 0.4 wrote. Save it again with a newer torch.`,
      );
  }
  throw new CheckpointError('a persistent id of the pickle is not a storage of torch. Is it a checkpoint of tensors?');
}

function tensor(storage?: PickleValue, offset?: PickleValue, shape?: PickleValue, strides?: PickleValue): TensorRef {
  if (
    storage instanceof StorageRef &&
    isCount(offset) &&
    isCounts(shape) &&
    isCounts(strides) &&
    shape.length === strides.length &&
    shape.length <= MAX_RANK
  )
    return new TensorRef(storage, offset, shape, strides);
  throw new CheckpointError('a tensor of the pickle has no proper storage, offset, shape and strides. The file is damaged.');
}

const plain = (value: PickleValue | undefined): string => (typeof value === 'string' ? value : '?');
const isCount = (value: PickleValue | undefined): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: PickleValue | undefined): value is number[] => Array.isArray(value) && value.every(isCount);

const pairs = (items: PickleValue | undefined): [PickleValue, PickleValue][] =>
  Array.isArray(items) ? items.filter((item) => Array.isArray(item) && item.length === 2) : [];

/** How protocol 2 writes bytes: a string of one character a byte. */
function latin1(text?: PickleValue, encoding?: PickleValue): Uint8Array {
  if (typeof text !== 'string' || encoding !== 'latin1')
    throw new CheckpointError('the pickle calls _codecs.encode for other than latin1 text.');
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
