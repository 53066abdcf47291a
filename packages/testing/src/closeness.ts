type Numbers = ArrayLike<number>;

/** The Euclidean norm, summed in double precision. */
export function norm(values: Numbers): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) ** 2;
  return Math.sqrt(sum);
}

/** ‖actual − expected‖ / ‖expected‖. NaN anywhere gives NaN, which is below no tolerance. */
export function relativeError(actual: Numbers, expected: Numbers): number {
  if (actual.length !== expected.length) throw new RangeError(`expected ${expected.length} numbers but received ${actual.length}`);
  const difference = new Float64Array(actual.length);
  for (let i = 0; i < difference.length; i++) difference[i] = (actual[i] as number) - (expected[i] as number);
  return norm(difference) / Math.max(norm(expected), 1e-30);
}
