import { listFaults } from '../checkpoint-error.ts';
import { isHostile } from './hostile-globals.ts';
import { isUnderstood } from './pickle-globals.ts';

export interface FileKind {
  /** The classes of a whole model, its own first. */
  readonly modules: readonly string[];
  /** Whether it is a TorchScript archive. */
  readonly script: boolean;
}

/** What a user should know about the classes and functions that a pickle names: none of them was looked up or called. */
export function notesOnGlobals(globals: ReadonlySet<string>, { modules, script }: FileKind): string[] {
  const strange = [...globals].filter((name) => !isUnderstood(name));
  const hostile = strange.filter(isHostile);
  const read = new Set(modules);
  const [model] = modules;
  const aside = strange.filter((name) => !isHostile(name) && !read.has(name) && !(model && INTERNALS.test(name)));
  return [
    ...(hostile.length
      ? [`The file asks for ${listed(hostile)}, which harms whoever opens it in Python. Nothing was run. Do not pass it on.`]
      : []),
    ...(script ? ['A TorchScript archive: its parameters and buffers were read, its program was not run.'] : []),
    ...(model && !script ? [`A whole model, of ${listed([model])}: its parameters and buffers were read, its program was not run.`] : []),
    ...(aside.length ? [`Set aside, neither looked up nor called: ${listed(aside)}.`] : []),
  ];
}

/** What whole models have about them: hooks, wrappers' and layers' own functions. */
const INTERNALS = /^torch\.(nn\.|_C\.|distributed\.)/;

const listed = (names: readonly string[]): string => listFaults(names.map(short), ', ');
const short = (name: string): string => JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name).slice(1, -1);
