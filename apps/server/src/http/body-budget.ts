import { RequestFault } from '../request-fault.ts';

/** Bytes of bodies that are in memory together, whatever their clients do. */
export interface BodyBudget {
  /** @returns gives them back, once. @throws RequestFault (503) if that many more do not fit. */
  take(bytes: number): () => void;
}

export function bodyBudget(mostBytes: number): BodyBudget {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > mostBytes)
        throw new RequestFault(503, 'too many large requests are on their way. Try again in 1 s.', {
          reason: 'bodies',
          retryAfterSeconds: 1,
        });
      taken += bytes;
      let isGiven = false;
      return () => {
        if (!isGiven) taken -= bytes;
        isGiven = true;
      };
    },
  };
}
