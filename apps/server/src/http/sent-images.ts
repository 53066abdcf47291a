import type { FastifyRequest } from 'fastify';
import { RequestFault } from '../request-fault.ts';
import type { ImageBody } from '../worker/protocol.ts';

/** The images of a request, in the order in which they came. */
export interface SentImages {
  readonly images: readonly (ImageBody & { readonly name: string })[];
  /** Whether it was a form, whose answer is a list. */
  readonly isList: boolean;
}

/** Reads a form's files, or takes the body for what it is; nothing is decoded here. @throws RequestFault where there is nothing. */
export async function sentImages(request: FastifyRequest, maxBytes: number): Promise<SentImages> {
  if (!request.isMultipart()) {
    const bytes = request.body;
    if (!(bytes instanceof Uint8Array) || bytes.byteLength === 0)
      throw new RequestFault(400, 'the body is empty: expected the bytes of an image, a form of images, or {"image": "data:…"}.');
    return { images: [{ name: 'image', bytes, isJson: isJson(request.headers['content-type']) }], isList: false };
  }
  const images: { name: string; bytes: Uint8Array }[] = [];
  let left = maxBytes;
  try {
    for await (const part of request.parts()) {
      if (part.type !== 'file') continue;
      const bytes = await part.toBuffer();
      left -= bytes.byteLength;
      if (left < 0) throw new RequestFault(413, `the form has more than the ${maxBytes} bytes that a request may have.`);
      images.push({ name: part.filename || part.fieldname, bytes });
    }
  } catch (error) {
    // The parser's own errors say no status: that a form is not as it should be is its client's doing.
    if (error instanceof RequestFault || (error as { statusCode?: number }).statusCode) throw error;
    throw new RequestFault(400, `the form cannot be read (${(error as Error).message}).`, { cause: error });
  }
  if (images.length === 0) throw new RequestFault(400, 'the form holds no file: expected an image in each (curl -F image=@cat.jpg).');
  return { images, isList: true };
}

const isJson = (contentType = ''): boolean => /^application\/(?:[\w.-]+\+)?json\b/i.test(contentType);
