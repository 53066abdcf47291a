/**
 * Lets go of an answer that nobody will read. Not waited for: Node's fetch may never settle the cancellation
 * of a body whose connection is just ending.
 */
export function discardBody(response: Response | undefined): void {
  response?.body?.cancel().catch(() => undefined);
}
