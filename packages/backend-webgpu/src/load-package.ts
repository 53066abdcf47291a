import { BackendError } from './backend-error.ts';

/** Imports an optional package; one that is not installed is named with the command that installs it. */
export async function loadPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    // Node's, Vite's and webpack's words for it.
    if (/Cannot find (package|module)|Could not resolve|Failed to resolve/.test(message))
      throw new BackendError('package', `The package ${name} is not installed. Run: npm install ${name}@4.22.0`, { cause });
    throw cause;
  }
}
