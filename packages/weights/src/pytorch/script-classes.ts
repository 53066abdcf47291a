import type { ByteSource } from '../sources/byte-source.ts';
import type { ZipEntry } from './zip-directory.ts';
import { readZipEntry } from './zip-entry.ts';

/** Most text of a program that is looked through, in bytes: a ResNet-152's has 300 kB. */
export const MAX_PROGRAM_BYTES = 64 * 2 ** 20;

/** Which attributes of a TorchScript module its state dict has. */
export interface ScriptClass {
  readonly parameters: ReadonlySet<string>;
  readonly buffers: ReadonlySet<string>;
}

/** By qualified name: `__torch__.torch.nn.modules.conv.Conv2d`. */
export type ScriptClasses = ReadonlyMap<string, ScriptClass>;

/**
 * Looks through the program of a TorchScript archive for what its modules declare as parameters and buffers. It is text
 * here, which is neither compiled nor run.
 *
 * @param folder of the archive, with a slash behind.
 */
export async function readScriptClasses(
  source: ByteSource,
  entries: ReadonlyMap<string, ZipEntry>,
  folder: string,
): Promise<ScriptClasses> {
  const classes = new Map<string, ScriptClass>();
  let left = MAX_PROGRAM_BYTES;
  for (const [path, entry] of entries) {
    if (!path.startsWith(`${folder}code/`) || !path.endsWith('.py') || entry.sizeBytes > left) continue;
    left -= entry.sizeBytes;
    const module = path.slice(`${folder}code/`.length, -'.py'.length).replaceAll('/', '.');
    for (const [name, declared] of declaredIn(new TextDecoder().decode(await readZipEntry(source, entry))))
      classes.set(`${module}.${name}`, declared);
  }
  return classes;
}

/** `class Conv2d(Module):`, then `__parameters__ = ["weight", "bias", ]` and `__buffers__ = []` in its first lines. */
export function* declaredIn(program: string): Generator<[string, ScriptClass]> {
  let open: { name: string; parameters: Set<string>; buffers: Set<string> } | undefined;
  for (const line of program.split('\n')) {
    if (/^\S/.test(line)) {
      if (open) yield [open.name, open];
      const name = /^class (\w+)\(Module\):/.exec(line)?.[1];
      open = name === undefined ? undefined : { name, parameters: new Set(), buffers: new Set() };
    }
    const [, list, names = ''] = /^ {2}__(parameters|buffers)__ = \[(.*)\]/.exec(line) ?? [];
    if (open && list) for (const [, name] of names.matchAll(/"([^"]*)"/g)) open[list as 'parameters' | 'buffers'].add(name as string);
  }
  if (open) yield [open.name, open];
}
