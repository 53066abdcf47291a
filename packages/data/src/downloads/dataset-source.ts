/** A file of a dataset's public home. */
export interface RemoteFile {
  readonly name: string;
  /** Tried in turn. */
  readonly urls: readonly string[];
  readonly md5: string;
  /** Kept as it is, or unpacked beside it and removed. */
  readonly unpack?: 'tar.gz';
}

const MNIST_HOMES = ['https://ossci-datasets.s3.amazonaws.com/mnist/', 'http://yann.lecun.com/exdb/mnist/'];
const FASHION_HOMES = ['http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/'];

const idxFiles = (homes: readonly string[], sums: readonly [string, string, string, string]): RemoteFile[] =>
  ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'].map((stem, i) => {
    const name = `${stem}-ubyte.gz`;
    return { name, urls: homes.map((home) => home + name), md5: sums[i] as string };
  });

/** Where the datasets that can be downloaded are, with the sums their homes (and torchvision) publish. */
export const DATASET_SOURCES = {
  cifar10: [
    {
      name: 'cifar-10-binary.tar.gz',
      urls: ['https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'],
      md5: 'c32a1d4ab5d03f1284b67883e8d87530',
      unpack: 'tar.gz',
    },
  ],
  cifar100: [
    {
      name: 'cifar-100-binary.tar.gz',
      urls: ['https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz'],
      md5: '03b5dce01913d631647c71ecec9e9cb8',
      unpack: 'tar.gz',
    },
  ],
  mnist: idxFiles(MNIST_HOMES, [
    'f68b3c2dcbeaaa9fbdd348bbdeb94873',
    'd53e105ee54ea40749a09fcbcd1e9432',
    '9fb629c4189551a2d022fa330f9573f3',
    'ec29112dd5afa0611ce80d1b7f02629c',
  ]),
  fashionMnist: idxFiles(FASHION_HOMES, [
    '8d4fb7e6c68d591d4c3dfef9ec88bf0d',
    '25c81989df183df01b3e8a0aad5dffbe',
    'bef4ecab320f06d8554ea6380940ec79',
    'bb300cfdad3c16e7a12a480ee83cd310',
  ]),
} as const satisfies Record<string, readonly RemoteFile[]>;

/** How far a download is. */
export interface DownloadProgress {
  readonly file: string;
  readonly receivedBytes: number;
  /** Absent if the server does not say. */
  readonly totalBytes?: number;
}

/** How files are downloaded. */
export interface DownloadOptions {
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
  /** Stands in for the global `fetch`. */
  readonly fetch?: typeof fetch;
}

/** What a platform's downloader does: makes sure that every file is in `folder`, whole. */
export type DatasetDownloader = (files: readonly RemoteFile[], folder: string, options: DownloadOptions) => Promise<void>;
