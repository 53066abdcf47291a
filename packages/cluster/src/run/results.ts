import type { Done } from '../board/board.ts';
import { resultName } from '../jobs/job.ts';
import type { Storage } from '../storage/storage.ts';

/** What a result that is there says, in numbers. */
export async function countResult(out: Storage, id: string): Promise<Done> {
  const lines = Buffer.from(await out.read(resultName(id)))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  return { images: lines.length, unreadable: lines.filter((line) => 'error' in (JSON.parse(line) as object)).length };
}
