import { RequestFault } from '../request-fault.ts';
import type { ImageBody } from './protocol.ts';

const DATA_URL = /^data:(?:[\w.+-]+\/[\w.+-]+)?(?:;[\w-]+=[\w.-]+)*;base64,/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The bytes of an image file as a client sent it. @throws RequestFault for JSON that holds none. */
export function imageBytes({ bytes, isJson = false }: ImageBody): Uint8Array {
  if (!isJson) return bytes;
  const json = parseJson(bytes);
  const image = typeof json === 'object' && json !== null && 'image' in json ? json.image : undefined;
  if (typeof image !== 'string')
    throw new RequestFault(400, 'the body: expected {"image": "data:image/jpeg;base64,…"} or the bytes of an image file.');
  return fromText(image, 'image');
}

/** The bytes that a data URL holds. No other address is opened. @throws RequestFault */
export function fromText(text: string, name: string, { bare = false }: { readonly bare?: boolean } = {}): Uint8Array {
  const head = DATA_URL.exec(text)?.[0];
  if (head === undefined && !bare)
    throw new RequestFault(
      400,
      `${name}: expected a data URL (data:image/jpeg;base64,…). Addresses and paths are not opened here: send the image.`,
    );
  const base64 = text.slice(head?.length ?? 0);
  if (base64.length % 4 === 1 || !BASE64.test(base64)) throw new RequestFault(400, `${name}: what it holds is not base64.`);
  return Buffer.from(base64, 'base64');
}

/** @throws RequestFault that says where it is not JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RequestFault(400, `the body is not JSON (${(cause as Error).message}).`, { cause });
  }
}
