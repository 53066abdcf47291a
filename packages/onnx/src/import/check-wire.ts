import { type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { OnnxError } from '../onnx-error.ts';
import { ModelProtoSchema } from '../schema/onnx-ml_pb.js';

/** Of messages and of single numbers: far more than any network has, far fewer than would fill memory once they are objects. */
const MOST_OBJECTS = 2_000_000;
/** How deep messages may lie in one another: a graph in a node's attribute in a graph … */
const DEEPEST = 32;

/**
 * Walks over all of a file before anything is made of it: a few bytes of protobuf can stand for an object of a hundred, so that a small
 * file could fill the memory.
 *
 * @throws OnnxError saying where it is no ONNX, or what there is too much of.
 */
export function checkWire(bytes: Uint8Array): void {
  let objects = 0;
  const count = (more: number): void => {
    objects += more;
    if (objects > MOST_OBJECTS)
      throw new OnnxError(`it has more than ${MOST_OBJECTS} messages and numbers outside of its tensors' bytes; no network is so large.`);
  };
  const walk = (schema: DescMessage, begin: number, end: number, depth: number): void => {
    if (depth > DEEPEST) throw new OnnxError(`byte ${begin}: messages lie more than ${DEEPEST} deep in one another.`);
    const fields = new Map(schema.fields.map((field) => [field.number, field]));
    const reader = new BinaryReader(bytes.subarray(begin, end));
    while (reader.pos < reader.len) {
      const at = begin + reader.pos;
      try {
        const [number, wire] = reader.tag();
        const field = fields.get(number);
        count(1);
        if (wire !== WireType.LengthDelimited || !field) {
          reader.skip(wire, number);
          continue;
        }
        const length = reader.uint32();
        const from = begin + reader.pos;
        if (from + length > end) throw new RangeError(`${length} bytes are announced but ${end - from} are left`);
        reader.pos += length;
        const inner = field.message;
        if (inner) walk(inner, from, from + length, depth + 1);
        else if (field.fieldKind === 'list' && !isBytes(field.scalar)) count(length); // packed numbers, of a byte each at least
      } catch (cause) {
        if (cause instanceof OnnxError) throw cause;
        throw new OnnxError(`byte ${at}, in ${schema.typeName}: ${(cause as Error).message}. The file is truncated, damaged or no ONNX.`, {
          cause,
        });
      }
    }
  };
  walk(ModelProtoSchema, 0, bytes.length, 0);
}

const isBytes = (type: ScalarType | undefined): boolean => type === ScalarType.STRING || type === ScalarType.BYTES;
