import { Board } from '../board/board.ts';
import { awayNotice, openQueue, type PredictQueue } from '../board/queue.ts';
import { connectRedis } from '../board/redis.ts';

/** The ways to Redis that one who makes or looks at jobs needs. */
export interface Connections {
  readonly board: Board;
  readonly queue: PredictQueue;
  close(): Promise<void>;
}

/**
 * @param say what is told while Redis is away
 * @throws RedisError if it cannot be used now.
 */
export async function connect(url: string, say: (line: string) => void): Promise<Connections> {
  const redis = await connectRedis(url);
  const notice = awayNotice(url, say);
  redis.on('error', notice);
  const queue = openQueue(url, notice);
  return {
    board: new Board(redis),
    queue,
    async close() {
      await queue.close().catch(() => {});
      redis.disconnect();
    },
  };
}
