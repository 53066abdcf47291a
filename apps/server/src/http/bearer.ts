import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Whether an `Authorization` header carries one of these tokens. All are compared, by their digests, so that the time that it takes says
 * nothing of them.
 */
export function bearerCheck(tokens: readonly string[]): (header: string | undefined) => boolean {
  const known = tokens.map(digest);
  return (header) => {
    const sent = digest(/^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? '');
    return known.reduce((found, token) => timingSafeEqual(token, sent) || found, false);
  };
}
