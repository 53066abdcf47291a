import { listFaults } from '../checkpoint-error.ts';
import { isHostile } from './hostile-globals.ts';
import { isUnderstood } from './pickle-globals.ts';

export interface FileKind {
  /** The class of a whole model. */
  readonly model: string | undefined;
  /** Whether it is a TorchScript archive. */
  readonly script: boolean;
}

/** What a user should know about the classes and functions that a pickle names: none of them was looked up or called. */
export function notesOnGlobals(globals: ReadonlySet<string>, { model, script }: FileKind): string[] {
  const strange = [...globals].filter((name) => !isUnderstood(name));
  const hostile = strange.filter(isHostile);
  const aside = strange.filter(
    (name) => !isHostile(name) && !(script && name.startsWith('__torch__.')) && !(model && (name === model || LAYERS.test(name))),
  );
  return [
    ...(hostile.length
      ? [`The file asks for ${listed(hostile)}, which harms whoever opens it in Python. Nothing was run. Do not pass it on.`]
      : []),
    ...(script ? ['A TorchScript archive: its parameters and buffers were read, its program was not run.'] : []),
    ...(model && !script ? [`A whole model, of ${listed([model])}: its parameters and buffers were read, its program was not run.`] : []),
    ...(aside.length ? [`Set aside, neither looked up nor called: ${listed(aside)}.`] : []),
  ];
}

/** What whole models are made of. */
const LAYERS = /^torch\.(nn\.|_C\.|distributed\.)/;

const listed = (names: readonly string[]): string => listFaults(names.map(short), ', ');
const short = (name: string): string => JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name).slice(1, -1);
