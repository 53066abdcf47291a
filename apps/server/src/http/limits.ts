/** How long a client may take to send its headers, all of a request, and between two of them on one connection. */
export const HEADERS_MS = 10_000;
export const REQUEST_MS = 30_000;
export const KEEP_ALIVE_MS = 72_000; // longer than proxies' own, so that it is they who close
/** How often Node looks. */
export const CHECK_MS = 2_000;
export const MOST_HEADER_BYTES = 16 * 1024;
export const MOST_CONNECTIONS = 4_096;
/** Bodies in memory together, in bodies of the largest size. */
export const BODIES_AT_ONCE = 16;
export const MOST_TIMEOUT_MS = 600_000;
