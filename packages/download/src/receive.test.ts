import { expect, test } from 'vitest';
import { DownloadError, type PartialFile, type ReceiveOptions, receive } from './receive.ts';

/** What has come, in memory. */
function partialOf(...bytes: number[]): PartialFile & { readonly bytes: number[] } {
  return {
    bytes,
    get doneBytes() {
      return bytes.length;
    },
    write: async (more) => void bytes.push(...more),
    restart: async () => void bytes.splice(0),
  };
}

/** An answer that comes in chunks, and breaks at the end if `broken`. */
function answer(
  chunks: readonly number[][],
  { status = 206, range, broken = false }: { status?: number; range?: string; broken?: boolean },
) {
  const left = [...chunks];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = left.shift();
      if (chunk) controller.enqueue(Uint8Array.from(chunk));
      else if (broken) controller.error(new TypeError('terminated'));
      else controller.close();
    },
  });
  return new Response(body, { status, headers: range === undefined ? {} : { 'content-range': range } });
}

const most: ReceiveOptions = { sizeBytes: 5, maxBytes: 100 };

test.each([
  ['a part that follows what is there is added', [1, 2], answer([[3], [4, 5]], { range: 'bytes 2-4/5' }), [1, 2, 3, 4, 5]],
  ['a part of which a browser is not shown where it begins, too', [1, 2], answer([[3, 4, 5]], {}), [1, 2, 3, 4, 5]],
  ['the whole file, from a server without ranges, replaces it', [9, 9], answer([[1, 2, 3, 4, 5]], { status: 200 }), [1, 2, 3, 4, 5]],
  [
    'the whole file, to begin with',
    [],
    answer(
      [
        [1, 2],
        [3, 4, 5],
      ],
      { status: 200 },
    ),
    [1, 2, 3, 4, 5],
  ],
])('%s', async (_, there, response, whole) => {
  const partial = partialOf(...there);
  const progress: number[] = [];
  await receive(response, partial, { ...most, onProgress: (doneBytes) => progress.push(doneBytes) });
  expect(partial.bytes).toEqual(whole);
  expect(progress.at(-1)).toBe(5);
});

test.each([
  ['another part', answer([[1, 2]], { range: 'bytes 0-1/5' }), most, [1, 2], 'asked for what follows byte 2, the server sent another part'],
  ['more than was announced', answer([[3, 4, 5, 6]], {}), most, [1, 2], 'the server sends more than the 5 bytes it announced'],
  [
    'more than is fetched',
    answer([[3], [4]], {}),
    { sizeBytes: null, maxBytes: 3 },
    [1, 2, 3],
    'the server sends more than the 3 bytes that are fetched',
  ],
])('%s is refused, and what was right is kept', async (_, response, options, kept, message) => {
  const partial = partialOf(1, 2);
  const error: unknown = await receive(response, partial, options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DownloadError);
  expect(error).toMatchObject({ message, isConnection: false });
  expect(partial.bytes).toEqual(kept);
});

test.each([
  ['breaks', true, 'the connection broke after 4 of 5 bytes'],
  ['ends early', false, 'the server stopped after 4 of 5 bytes'],
])('a connection that %s is worth another try', async (_, broken, message) => {
  const partial = partialOf(1, 2);
  const error: unknown = await receive(answer([[3], [4]], { broken }), partial, most).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message, isConnection: true });
  expect(partial.bytes).toEqual([1, 2, 3, 4]);
});

test('an abort keeps what came and throws its reason', async () => {
  const partial = partialOf();
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error('enough'));
  const running = receive(answer([[1], [2], [3]], { status: 200 }), partial, { ...most, onProgress, signal: controller.signal });
  await expect(running).rejects.toThrow('enough');
  expect(partial.bytes).toEqual([1]);
});
