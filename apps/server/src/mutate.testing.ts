export interface MutableRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A request that is not quite the one it was: in its path, query, headers or body, or in several. */
export function mutated(request: MutableRequest, random: () => number): MutableRequest {
  const whole = (below: number) => Math.floor(random() * below);
  const one = <T>(list: readonly T[]): T => list[whole(list.length)] as T;
  const changes: readonly ((now: MutableRequest) => MutableRequest)[] = [
    (now) => ({ ...now, body: flipped(now.body, 1 + whole(8)) }),
    (now) => ({ ...now, body: now.body.subarray(0, whole(now.body.length + 1)) }),
    (now) => ({ ...now, body: Buffer.concat([now.body, Buffer.from(Array.from({ length: whole(64) }, () => whole(256)))]) }),
    (now) => ({ ...now, body: spliced(now.body, one(PIECES)) }),
    (now) => ({
      ...now,
      body: Buffer.from(
        now.body.toString('latin1').replace(/\d+/g, (n) => (random() < 0.2 ? one(NUMBERS) : n)),
        'latin1',
      ),
    }),
    (now) => ({ ...now, path: now.path + (now.path.includes('?') ? '&' : '?') + one(QUERIES) }),
    (now) => ({ ...now, path: now.path.replace(/[^/]+(?=\/|$|\?)/, () => one(PARTS)) }),
    (now) => ({ ...now, headers: { ...now.headers, 'content-type': one(TYPES) } }),
    (now) => ({ ...now, headers: { ...now.headers, 'inference-header-content-length': one(NUMBERS) } }),
    (now) => ({
      ...now,
      headers: { ...now.headers, [one(['accept', 'authorization', 'x-request-id', 'cookie'])]: one(PIECES).replaceAll(/[^ -~]/g, '') },
    }),
  ];
  const flipped = (body: Buffer, count: number): Buffer => {
    const copy = Buffer.from(body);
    for (let i = 0; i < count && copy.length > 0; i++) copy[whole(copy.length)] = whole(256);
    return copy;
  };
  const spliced = (body: Buffer, piece: string): Buffer => {
    const at = whole(body.length + 1);
    return Buffer.concat([body.subarray(0, at), Buffer.from(piece), body.subarray(at + whole(20))]);
  };
  let now = request;
  for (let i = 1 + whole(3); i > 0; i--) now = one(changes)(now);
  return now;
}

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  '"',
  '\\',
  '\0',
  'null',
  '1e999',
  '-1',
  '{"a":',
  '\r\n',
  '--x\r\n',
  '\ud800',
  '__proto__',
  'é',
  ' ',
  ',',
];
const NUMBERS = ['0', '-1', '1', '99999999999', '1e308', '2147483648', '0.5', '', 'x', '18446744073709551616'];
const QUERIES = [
  'top=0',
  'top=-1',
  'top=1e9',
  'top=x',
  'timeout=0',
  'timeout=x',
  'model=',
  'model=..',
  'version=%00',
  'version=99',
  'a=b',
  '%',
  '%zz',
  'top=1&top=2',
  '__proto__=1',
];
const PARTS = ['..', '%2e%2e', '%00', '%', '%zz', 'x'.repeat(300), '__proto__', 'constructor', 'é', 'net%2f1', '*', ':model'];
const TYPES = [
  '',
  'application/json',
  'text/plain',
  'image/jpeg',
  'multipart/form-data',
  'multipart/form-data; boundary=x',
  'multipart/form-data; boundary=',
  '/',
  ';',
  'application/json; charset=latin1',
  'x'.repeat(500),
];
