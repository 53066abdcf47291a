/** One entry of a recipe: how it is written on the command line and what it may be. */
export interface RecipeField<T> {
  /** As commander takes it: `-e, --epochs <n>`. Its camel-case name is the recipe's key. */
  readonly flags: string;
  readonly help: string;
  readonly group: string;
  /** Takes a command line's text or a JSON file's value. @throws RangeError saying what was expected. */
  parse(value: unknown): T;
}

/** A number within bounds, ends included unless `above`. */
export const number =
  ({ from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, above = false } = {}) =>
  (value: unknown): number => {
    const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof found === 'number' && Number.isFinite(found) && found <= to && (above ? found > from : found >= from)) return found;
    const low = Number.isFinite(from) ? ` ${above ? 'above' : 'from'} ${from}` : '';
    throw new RangeError(`Expected a number${low}${Number.isFinite(to) ? ` to ${to}` : ''}.`);
  };

/** A share of a whole: `1%`, or 0.01. */
export const share = (value: unknown): number => {
  const text = typeof value === 'string' ? /^([\d.]+)\s*%$/.exec(value.trim())?.[1] : undefined;
  const found = text !== undefined ? Number(text) / 100 : typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof found === 'number' && found >= 0 && found <= 1) return found;
  throw new RangeError('Expected a share, such as 1% or 0.01.');
};

export const whole =
  (from: number) =>
  (value: unknown): number => {
    const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (Number.isSafeInteger(found) && (found as number) >= from) return found as number;
    throw new RangeError(`Expected a whole number from ${from}.`);
  };

export const text = (value: unknown): string => {
  if (typeof value === 'string' && value !== '') return value;
  throw new RangeError('Expected a name.');
};

export const oneOf =
  <const T extends string>(...choices: readonly T[]) =>
  (value: unknown): T => {
    if (choices.includes(value as T)) return value as T;
    throw new RangeError(`Expected one of ${choices.join(', ')}.`);
  };

export const yesOrNo = (value: unknown): boolean => {
  if (typeof value === 'boolean') return value;
  throw new RangeError('Expected true or false.');
};

/** `30,60,80`, or a list in JSON. */
export const numbers = (value: unknown): number[] => {
  const list = typeof value === 'string' ? value.split(',').map(Number) : value;
  if (Array.isArray(list) && list.length > 0 && list.every((n) => Number.isFinite(n) && n > 0)) return list as number[];
  throw new RangeError('Expected numbers above 0, with commas between.');
};
