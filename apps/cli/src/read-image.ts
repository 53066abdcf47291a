import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { decodeImage, MAX_FILE_BYTES, type RgbImage } from '@resnetjs/data';
import { CommandError } from './command-error.ts';
import { fileFault } from './file-fault.ts';
import type { Terminal } from './terminal.ts';

/** The argument that stands for what is piped in. */
export const STANDARD_INPUT = '-';

export const isUrl = (name: string): boolean => /^https?:\/\//i.test(name);

/**
 * Reads a photo from a file, a URL or standard input, turned upright as its camera noted: what a person sees is what the network gets.
 *
 * @param name a path, `https://…`, or `-`
 * @throws CommandError if it cannot be had or is too large to be read at all; ImageError if it is no image.
 */
export async function readImage(name: string, terminal: Pick<Terminal, 'stdin'>): Promise<RgbImage> {
  if (name === STANDARD_INPUT) return decodeImage(await piped(terminal), { name: 'standard input', orient: true });
  return decodeImage(await (isUrl(name) ? fetched(name) : read(name)), { name, orient: true });
}

// Non-blocking, so that a pipe that nobody writes to is told, not waited for.
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

async function read(path: string): Promise<Uint8Array> {
  if (/^[a-z][a-z+.-]+:\/\//i.test(path)) throw new CommandError(`${path}: expected an address that begins with http:// or https://.`);
  const file = await open(path, FLAGS).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${path}: ${fileFault(error)}.`, { cause: error });
  });
  try {
    const info = await file.stat();
    if (!info.isFile())
      throw new CommandError(
        `${path}: expected an image file, but it is a ${info.isDirectory() ? 'folder' : 'device or pipe (- is what is piped in)'}.`,
      );
    if (info.size > MAX_FILE_BYTES) throw tooLarge(path, info.size);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function piped({ stdin }: Pick<Terminal, 'stdin'>): Promise<Uint8Array> {
  if (!stdin || stdin.isTTY) throw new CommandError('standard input: nothing is piped in. For example: resnet predict - < photo.jpg');
  return collected('standard input', stdin);
}

/** A server that says nothing for so long is given up. */
const PATIENCE_MS = 60_000;

async function fetched(url: string): Promise<Uint8Array> {
  const silent = new AbortController();
  const giveUp = () => silent.abort(new Error(`nothing came for ${PATIENCE_MS / 1000} seconds`));
  const timer = setTimeout(giveUp, PATIENCE_MS);
  try {
    const response = await ask(url, silent.signal);
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw new CommandError(`${url}: the server answers ${`${response.status} ${response.statusText}`.trim()}.`);
    }
    // The DOM's types do not know that it can be iterated.
    return await collected(url, response.body as unknown as AsyncIterable<Uint8Array>, () => timer.refresh());
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${url}: cannot be fetched: ${reasonOf(error as Error)}.`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

// A connection that is kept from an earlier image may have been closed by the server while a batch was computed: a new one is made.
const ask = (url: string, signal: AbortSignal): Promise<Response> =>
  fetch(url, { signal }).catch((error: Error) => {
    if ((error.cause as NodeJS.ErrnoException | undefined)?.code !== 'ECONNRESET') throw error;
    return fetch(url, { signal });
  });

const NETWORK_FAULTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no server of that name is found',
  EAI_AGAIN: 'no server of that name is found',
  ECONNREFUSED: 'no server answers there',
  ETIMEDOUT: 'no server answers there',
  EHOSTUNREACH: 'no way leads to the server',
  ENETUNREACH: 'there is no network',
  EPROTO: 'the server does not speak https',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak https',
  UND_ERR_SOCKET: 'the server ended the connection',
};

/** `fetch failed` says nothing; its cause does. */
const reasonOf = ({ message, cause }: Error): string => {
  const { message: why, code } = (cause ?? {}) as NodeJS.ErrnoException;
  return (NETWORK_FAULTS[code ?? ''] ?? (why || code || message)).replace(/\s+/g, ' ').trim();
};

async function collected(name: string, chunks: AsyncIterable<Uint8Array>, onChunk = () => {}): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    onChunk();
    size += chunk.length;
    if (size > MAX_FILE_BYTES) throw tooLarge(name, size, 'or more');
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

const tooLarge = (name: string, size: number, more = ''): CommandError =>
  new CommandError(`${name}: the file has ${size} bytes${more && ` ${more}`}, more than the ${MAX_FILE_BYTES} an image may have.`);
