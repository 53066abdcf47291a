/** As Node's `util` had them until 22; tfjs-node and what it depends on still call some. */
const REMOVED: Readonly<Record<string, (value: unknown) => boolean>> = {
  isArray: (value) => Array.isArray(value),
  isBoolean: (value) => typeof value === 'boolean',
  isDate: (value) => value instanceof Date,
  isError: (value) => value instanceof Error,
  isFunction: (value) => typeof value === 'function',
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === 'number',
  isObject: (value) => typeof value === 'object' && value !== null,
  isPrimitive: (value) => value === null || (typeof value !== 'object' && typeof value !== 'function'),
  isRegExp: (value) => value instanceof RegExp,
  isString: (value) => typeof value === 'string',
  isSymbol: (value) => typeof value === 'symbol',
  isUndefined: (value) => value === undefined,
};

/**
 * Gives Node's `util` back the functions that Node 23 and newer removed. What is still there stays as it is.
 *
 * @param util the module's exports, which everyone in the process shares
 * @returns the names that were missing.
 */
export function restoreUtil(util: Record<string, unknown>): string[] {
  const missing = Object.keys(REMOVED).filter((name) => typeof util[name] !== 'function');
  for (const name of missing) util[name] = REMOVED[name];
  return missing;
}
