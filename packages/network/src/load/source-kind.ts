import { listModels } from '@resnetjs/zoo';
import { nodeModule } from '../node-module.ts';

/** What a name or address means. */
export type SourceKind =
  | { readonly kind: 'file'; readonly place: string }
  | { readonly kind: 'url'; readonly place: string }
  /** `owner/name`, maybe with `@revision`. */
  | { readonly kind: 'repository'; readonly id: string }
  /** A network of the zoo. */
  | { readonly kind: 'network'; readonly name: string };

const FILE_ENDING = /\.(safetensors|pth|pt|th|tar|ckpt|bin|json|onnx)$/i;
const REPOSITORY = /^[\w-][\w.-]*\/[\w-][\w.-]*(@[^@\s]+)?$/;

/**
 * Tells what is meant: an address, a network's name, a repository on the hub, or else a path, which in a browser is an
 * address that is relative to the page. A file that is there is that file, whatever else its name could mean.
 */
export async function sourceKind(source: string): Promise<SourceKind> {
  if (/^(https?|data|blob):/i.test(source)) return { kind: 'url', place: source };
  if (/^hf[-_]hub:/i.test(source)) return { kind: 'repository', id: source.replace(/^hf[-_]hub:/i, '') };
  const file: SourceKind = { kind: nodeModule('node:fs/promises') ? 'file' : 'url', place: source };
  if (/^(file:|\.{0,2}\/|~|[a-z]:\\)/i.test(source) || source.includes('\\') || FILE_ENDING.test(source)) return file;
  if (await isFile(source)) return file;
  const names = new Set(listModels());
  if (names.has(source)) return { kind: 'network', name: source };
  if (REPOSITORY.test(source)) return { kind: 'repository', id: source };
  // timm's own way to name weights: resnet50.a1_in1k
  return names.has(source.split('.')[0] as string) ? { kind: 'repository', id: `timm/${source}` } : file;
}

const isFile = async (path: string): Promise<boolean> =>
  (await nodeModule('node:fs/promises')
    ?.stat(path)
    .then(
      (info) => info.isFile(),
      () => false,
    )) ?? false;
