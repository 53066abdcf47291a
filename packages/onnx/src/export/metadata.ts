import type { Manifest } from '@resnetjs/weights';

/** The key that holds the manifest as JSON, as in safetensors. */
export const MANIFEST_KEY = 'resnetjs.manifest';

/** A model's `metadata_props`: the manifest for us, and its facts each by itself for whoever else reads them. */
export function metadataOf(manifest: Manifest | undefined): { key: string; value: string }[] {
  if (!manifest) return [];
  const { labels, preprocessing, licence, source } = manifest;
  // What the digest is of is another file; of a network in 8 bits, the plan is the graph.
  const { quantization: _, ...kept } = manifest;
  const facts = { [MANIFEST_KEY]: { ...kept, sha256: null }, labels, preprocessing, license: licence, source };
  return Object.entries(facts).flatMap(([key, value]) =>
    value === null ? [] : [{ key, value: typeof value === 'string' ? value : JSON.stringify(value) }],
  );
}
