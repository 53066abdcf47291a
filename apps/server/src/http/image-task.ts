import type { ImageBody, Task } from '../worker/protocol.ts';

export type ImageBodyTask = Extract<Task, { kind: 'classify' | 'embed' }>;

/** What is to be done with an image, as the query says. */
export const imageTask = (kind: ImageBodyTask['kind'], { bytes, isJson = false }: ImageBody, query: unknown): ImageBodyTask =>
  kind === 'embed' ? { kind, image: { bytes, isJson } } : { kind, image: { bytes, isJson }, top: (query as { top: number }).top };
