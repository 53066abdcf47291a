/** A checkpoint, manifest or download cannot be used; the message names the file, the tensor or offset, and what to do. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  /** Nothing is where the name, path or address says; whoever asked may have meant something else. */
  readonly isAbsent: boolean;

  constructor(message: string, { isAbsent = false, ...options }: ErrorOptions & { readonly isAbsent?: boolean } = {}) {
    super(message, options);
    this.isAbsent = isAbsent;
  }
}

/** How many faults a message lists before it only counts the rest: hostile headers may hold millions. */
export const MAX_LISTED_FAULTS = 20;

/** `a; b; c; and 7 more` */
export function listFaults(faults: readonly string[], separator = '; '): string {
  const rest = faults.length - MAX_LISTED_FAULTS;
  return [...faults.slice(0, MAX_LISTED_FAULTS), ...(rest > 0 ? [`and ${rest} more`] : [])].join(separator);
}

/** A name out of an untrusted file, quoted, made printable and cut short. */
export const quote = (name: string): string => JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
