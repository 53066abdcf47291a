/** Words that turn an assignment to a plain object into one to its prototype. */
const PROTOTYPE_WORDS = new Set(['__proto__', 'constructor', 'prototype']);

/** Why a tensor's or key's name is refused, or `undefined` if it is fine. No layer of a network has such a name. */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'the name is empty';
  if (name.includes('\0')) return 'the name holds a NUL character';
  const word = name.split('.').find((part) => PROTOTYPE_WORDS.has(part));
  return word && `the name holds ${word}, which could overwrite a prototype`;
}
