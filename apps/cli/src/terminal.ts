/** One of a terminal's two outputs; Node's own streams are such. */
export type Screen = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  /** Width in characters, where it is known. */
  readonly columns?: number;
  hasColors?(env?: object): boolean;
};

/** Where a command writes and what it is told by its surroundings. */
export interface Terminal {
  /** Results: what a pipe should get. */
  readonly stdout: Screen;
  /** Notes, progress and errors. */
  readonly stderr: Screen;
  /** What is piped in; absent where nothing can be. */
  readonly stdin?: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The terminal this process runs in. */
export const processTerminal = (): Terminal => ({ stdout: process.stdout, stderr: process.stderr, stdin: process.stdin, env: process.env });

/** Whether colour codes may be written: `NO_COLOR` and `FORCE_COLOR` decide, else what the screen can show. */
export function showsColour(screen: Screen, env: Terminal['env']): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return screen.isTTY === true && screen.hasColors?.(env) === true;
}
