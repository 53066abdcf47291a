import type { FoldedStep } from '@resnetjs/core';

/** Operations that are negative nowhere where none of their inputs is. */
const KEEPS_SIGN = new Set([
  'add',
  'averagePool',
  'blur',
  'concat',
  'globalAveragePool',
  'maxPool',
  'paddedShortcut',
  'reshape',
  'scaleChannels',
  'takeChannels',
  'upsampleNearest',
  'zeroPad',
]);
const NEVER_NEGATIVE = new Set(['relu', 'addRelu', 'sigmoid']);

/** Which values of a pass can never be negative, by what made them. */
export function neverNegative(steps: readonly FoldedStep[]): ReadonlySet<number> {
  const found = new Set<number>();
  const isNeverNegative = (step: FoldedStep): boolean => {
    if (step.kind !== 'operation') return step.activation === 'relu';
    if (NEVER_NEGATIVE.has(step.op)) return true;
    return KEEPS_SIGN.has(step.op) && step.operands.every((operand) => typeof operand === 'number' && found.has(operand));
  };
  for (const step of steps) if (isNeverNegative(step)) found.add(step.output);
  return found;
}
