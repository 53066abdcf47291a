/** A network cannot be written as ONNX, or an ONNX file cannot be read; the message names the module, node or tensor, and what to do. */
export class OnnxError extends Error {
  override readonly name = 'OnnxError';
}

/** A name out of an untrusted file, quoted, made printable and cut short. */
export const quote = (name: string): string => JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
