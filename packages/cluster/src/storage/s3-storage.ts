import type { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { ClusterError } from '../cluster-error.ts';
import { type Storage, StorageError, type StorageFault } from './storage.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

interface S3Options {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly load?: () => Promise<Sdk>;
  /** Of each request, before it is told. */
  readonly maxAttempts?: number;
}

/**
 * What is behind a prefix of a bucket. Where it is and who asks is the environment's, as everywhere with S3: `AWS_ACCESS_KEY_ID`,
 * `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_PROFILE`; `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` for a server that is not Amazon's.
 *
 * @param address `s3://bucket/prefix`
 * @throws ClusterError if the address is none, or `@aws-sdk/client-s3` is not installed.
 */
export async function s3Storage(
  address: string,
  { env = process.env, load = () => import('@aws-sdk/client-s3'), maxAttempts = 5 }: S3Options = {},
): Promise<Storage> {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)\/?(.*)$/i.exec(address) ?? [];
  // Not shown: it is a secret that was typed there.
  if (bucket.includes('@'))
    throw new ClusterError('s3://…@…: keys belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not into the address.');
  if (!/^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/i.test(bucket)) throw new ClusterError(`${address}: expected s3://bucket/prefix.`);
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
  const sdk = await load().catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new ClusterError(`${address}: S3 takes the package @aws-sdk/client-s3: npm install @aws-sdk/client-s3.`, { cause });
  });
  const endpoint = env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
  const client: S3Client = new sdk.S3Client({
    region: env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1',
    // Servers that are not Amazon's rarely have a name for each bucket.
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    maxAttempts,
  });
  const own = `s3://${bucket}/${prefix}`;
  const fault = (name: string, error: unknown): StorageError => {
    const [kind, why] = faultOf(error as S3ServiceException & NodeJS.ErrnoException);
    return new StorageError(`${own}${name}: ${why}.`, { fault: kind, cause: error });
  };
  const at = (name: string) => ({ Bucket: bucket, Key: prefix + name });

  return {
    address: own,
    async *list() {
      let token: string | undefined;
      do {
        const page = await client
          .send(new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(token !== undefined && { ContinuationToken: token }) }))
          .catch((error: unknown) => {
            throw fault('', error);
          });
        for (const { Key = '', Size = 0, ETag = '' } of page.Contents ?? []) {
          const name = Key.slice(prefix.length);
          if (name === '' || name.endsWith('/') || name.split('/').some((part) => part.startsWith('.'))) continue;
          yield { name, sizeBytes: Size, etag: ETag.replaceAll('"', '') };
        }
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },
    async read(name, listed) {
      try {
        const { Body } = await client.send(new sdk.GetObjectCommand({ ...at(name), ...(listed && { IfMatch: `"${listed.etag}"` }) }));
        return (await Body?.transformToByteArray()) ?? new Uint8Array();
      } catch (error) {
        const status = statusOf(error);
        if (!listed || (status !== 412 && status !== 404)) throw fault(name, error);
        throw new StorageError(
          `${own}${name}: the object is not the one that was listed; it was changed or removed since. Start predict again.`,
          { fault: 'changed', cause: error },
        );
      }
    },
    async write(name, contents) {
      await client.send(new sdk.PutObjectCommand({ ...at(name), Body: contents })).catch((error: unknown) => {
        throw fault(name, error);
      });
    },
    exists: (name) =>
      client.send(new sdk.HeadObjectCommand(at(name))).then(
        () => true,
        (error: unknown) => {
          if (statusOf(error) === 404) return false;
          throw fault(name, error);
        },
      ),
  };
}

const statusOf = (error: unknown): number | undefined => (error as Partial<S3ServiceException>).$metadata?.httpStatusCode;

function faultOf(error: S3ServiceException & NodeJS.ErrnoException): readonly [StorageFault, string] {
  const status = statusOf(error);
  if (error.name === 'NoSuchBucket') return ['refused', 'there is no such bucket'];
  if (error.name === 'CredentialsProviderError')
    return ['refused', 'no keys are found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE'];
  if (status === 401 || status === 403) return ['refused', `these keys may not (${error.name})`];
  if (status === 404) return ['refused', 'there is no such object'];
  if (status === undefined) return ['away', `the server does not answer (${error.code ?? error.name})`];
  return status === 429 || status >= 500
    ? ['away', `the server answers ${status} (${error.name})`]
    : ['refused', `the server answers ${status} (${error.name})`];
}
