import { inCommandWords } from './network/words.ts';
import type { Paint } from './print/paint.ts';

/** Errors of the language itself: nobody threw them to be read. */
const UNFORESEEN = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError']);

/** What a failed command prints: the message, and with `debug` where it came from and what caused it. */
export function describeError(error: unknown, { paint, debug }: { readonly paint: Paint; readonly debug: boolean }): string {
  if (!(error instanceof Error)) return `${paint.red('error:')} ${String(error)}\n`;
  const head = `${paint.red('error:')} ${inCommandWords(error.message)}\n`;
  if (debug) return head + stacks(error);
  return UNFORESEEN.has(error.name) ? `${head}${paint.dim('This was not foreseen. RESNET_DEBUG=1 shows where it happened.')}\n` : head;
}

function stacks(error: Error): string {
  const own = `${error.stack ?? error.name}\n`;
  return error.cause instanceof Error ? `${own}caused by ${stacks(error.cause)}` : own;
}
