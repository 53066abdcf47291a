import { CheckpointError } from '../checkpoint-error.ts';

/** Longest integer, in bytes; torch's magic number has 10. */
export const MAX_INTEGER_BYTES = 64;
/** Longest number of protocol 0 in characters: decimal digits of the longest integer, sign and suffix. */
export const MAX_NUMBER_CHARS = Math.ceil(MAX_INTEGER_BYTES * 2.41) + 2;

/** `5`, or Python's flags before it had any: `00`, `01`. */
export function intOf(line: string): number | bigint | boolean {
  if (line === '00' || line === '01') return line === '01';
  return longOf(line);
}

/** `123L` */
export function longOf(line: string): number | bigint {
  if (!/^[+-]?\d+L?$/.test(line)) throw damaged('whole number', line);
  const value = BigInt(line.replace(/^\+|L$/g, ''));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** `1.5`, `1e-05`, `inf`, `nan` */
export function floatOf(line: string): number {
  const infinite = /^([+-]?)inf(inity)?$/i.exec(line);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^[+-]?nan$/i.test(line)) return Number.NaN;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(line)) throw damaged('number', line);
  return Number(line);
}

/** Text with `\uXXXX` for what is beyond latin1 (Python's raw-unicode-escape). */
export const unicodeOf = (line: string): string =>
  line.replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g, (whole, short?: string, long?: string) => {
    const code = Number.parseInt(short ?? long ?? '', 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' };

/** A string as Python 2 prints it, in quotes: `'it\'s'`. */
export function quotedOf(line: string): string {
  const text = line.trimEnd();
  const mark = text[0];
  if (text.length < 2 || (mark !== "'" && mark !== '"') || text.at(-1) !== mark) throw damaged('quoted string', line);
  return text
    .slice(1, -1)
    .replace(/\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|([\s\S]))/g, (_, hex?: string, octal?: string, char = '') =>
      hex
        ? String.fromCharCode(Number.parseInt(hex, 16))
        : octal
          ? String.fromCharCode(Number.parseInt(octal, 8))
          : (ESCAPES[char] ?? char),
    );
}

const damaged = (what: string, line: string): CheckpointError =>
  new CheckpointError(`the pickle holds ${JSON.stringify(line.slice(0, 40))} as a ${what}. It is damaged.`);
