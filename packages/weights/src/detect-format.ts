import { CheckpointError, quote } from './checkpoint-error.ts';
import { LENGTH_BYTES } from './safetensors/header.ts';
import { type ByteSource, readRange } from './sources/byte-source.ts';

export type CheckpointFormat = 'safetensors' | 'torch-zip' | 'torch-legacy';

/** What else people pass, by its first characters, and what to do about it. */
const STRANGERS: readonly (readonly [start: string, what: string])[] = [
  ['version https://git-lfs', 'a Git LFS pointer instead of the file. Run `git lfs pull`, or download it by its resolve URL'],
  ['<!', 'a web page. Use the address of the file itself'],
  ['<html', 'a web page. Use the address of the file itself'],
  ['\x89HDF', 'HDF5 (Keras). Save it from PyTorch or as safetensors'],
  ['\x1f\x8b', 'gzip. Unpack it first'],
  ['GGUF', 'GGUF. Residual networks are not published so; look for safetensors'],
  ['\x08', 'perhaps ONNX. `loadNetwork` of @resnetjs/network reads it where its name ends in .onnx'],
  ['\x80', 'a bare pickle, not of torch.save. Save model.state_dict() with torch.save'],
  ['{', 'JSON. Pass the .safetensors or .pth file'],
];

/** Legacy files begin with a pickle of torch's magic number, a 10-byte integer: in digits up to protocol 1, in a frame from 4 on. */
const startsLegacy = (text: string): boolean =>
  text.startsWith('L119547037146038801333356L\n') || (text.startsWith('\x80') && text.startsWith('\x8a\x0a', text[2] === '\x95' ? 11 : 2));

/**
 * Tells a checkpoint's format by its first bytes; its name may lie.
 *
 * @throws CheckpointError saying what it looks like instead.
 */
export async function detectFormat(source: ByteSource): Promise<CheckpointFormat> {
  const head = await readRange(source, 0, Math.min(64, source.sizeBytes));
  const text = String.fromCharCode(...head);
  if (text.startsWith('PK\x03\x04') || text.startsWith('PK\x05\x06')) return 'torch-zip';
  if (startsLegacy(text)) return 'torch-legacy';
  if (text[LENGTH_BYTES] === '{') return 'safetensors';
  const stranger = STRANGERS.find(([start]) => text.toLowerCase().startsWith(start.toLowerCase()));
  const what = stranger?.[1] ?? (head.length ? `neither: it starts with ${quote(text.slice(0, 12))}` : 'empty. Fetch it again');
  throw new CheckpointError(
    `${source.name}: expected safetensors or a PyTorch .pth or .th, but the file (${source.sizeBytes} bytes) is ${what}.`,
  );
}
