import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { decodeImage, preprocess } from '@resnetjs/data';
import { type Network, outcomeLine } from '@resnetjs/network';
import { ClusterError } from '../cluster-error.ts';
import type { Version, Wanted } from '../jobs/job.ts';
import { answersOf } from './answers-of.ts';

const { version: software } = createRequire(import.meta.url)('@resnetjs/cluster/package.json') as { version: string };

/** 24x24 pixels, 4:2:0: what decoders may round differently, their chroma and their cosines, is in it. */
const JPEG =
  '/9j/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8' +
  'fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAARCAAYABgDASIAAhEBAxEB/8QAGQABAAMBAQAAAAAAAAAAAAAAAAMEBQIG/8QAJBAAAQMEAQQDAQAAAAAAAAAAAQACEQMEEiExQXGBwQUTI1H/xAAX' +
  'AQADAQAAAAAAAAAAAAAAAAADBAUC/8QAHBEAAgIDAQEAAAAAAAAAAAAAAQIAAwQRQRMx/9oADAMBAAIRAxEAPwCGzocD0taiyYaP6oLangJgwF3fVjb2p2A98hoIBB6EEHvPjwc51h0Kl+mL01mxgBKHyl3T' +
  'uKjcR+dGROtknoZ40EVJ+dOGtManR3PruiLTQFQASrbkjHPknJ6Kk0NEuOLQJJOoCyr+qytduc01PrYIIqcNI5gdOAiJCrdlzM0HgqAGfolG3Zm/KIBPEyiIrWpJJJOzP//Z';

/**
 * What this process would compute, told from another's: WebAssembly's relaxed instructions round as the processor likes, a later release
 * may sum in another order.
 *
 * @throws ClusterError if the network cannot say what is wanted.
 */
export async function versionOf(network: Network, wanted: Wanted): Promise<Version> {
  if (!wanted.embeddings && !network.hasHead)
    throw new ClusterError(`${network.name} has no head here, so it tells no classes: ask for embeddings, or fine-tune it first.`);
  const photo = await decodeImage(Buffer.from(JPEG, 'base64'), { orient: true });
  const [answer] = await answersOf(network, wanted)(preprocess(photo, network.preprocessing));
  const said = answer && outcomeLine({ image: '', ...answer });
  return { software, rounding: createHash('sha256').update(photo.data).update(String(said)).digest('hex').slice(0, 8) };
}

/** The software alone: known before any network is. */
export const softwareVersion = software;

export const describeVersion = ({ software, rounding }: Version): string => `${software} (rounding ${rounding})`;
