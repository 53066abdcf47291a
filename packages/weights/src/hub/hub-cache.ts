import type { ByteSource } from '../sources/byte-source.ts';

/** One file of one repository on one hub. */
export interface HubKey {
  /** Such as `https://huggingface.co`, without a slash at the end. */
  readonly baseUrl: string;
  /** `owner/name` */
  readonly repo: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** Such as `model.safetensors`. */
  readonly path: string;
}

/** What a hub says about a file. */
export interface HubFileInfo {
  readonly sizeBytes: number | null;
  /** Changes when the file does. */
  readonly etag: string | null;
  /** 64 hexadecimal digits; hubs know it of large files only. */
  readonly sha256: string | null;
  /** The commit that `revision` meant. */
  readonly commit: string | null;
}

export interface CachedFile {
  readonly info: HubFileInfo;
  /** Whoever asked closes it. */
  readonly source: ByteSource;
  /** Whether it has been compared with its SHA-256, and seems untouched since. */
  readonly isVerified: boolean;
}

/** A file that is being downloaded, kept across interruptions. */
export interface PartialFile {
  /** How much is there, from the start on without a hole. */
  readonly doneBytes: number;
  /** Adds to the end. */
  write(bytes: Uint8Array): Promise<void>;
  /** Forgets what is there. */
  restart(): Promise<void>;
  /** All of it; now `find` gives it. */
  finish(info: HubFileInfo): Promise<void>;
  close(): Promise<void>;
}

/** Where downloaded files are kept. */
export interface HubCache {
  /** For messages: a folder, or `the browser's cache`. */
  readonly place: string;
  find(key: HubKey): Promise<CachedFile | undefined>;
  /** Starts or continues the download of the file that `info` describes; without etag or SHA-256 it always starts. */
  begin(key: HubKey, info: HubFileInfo): Promise<PartialFile>;
  /** Notes that the file is what its SHA-256 says, so that it is not compared again at every load. */
  noteVerified(key: HubKey): Promise<void>;
  remove(key: HubKey): Promise<void>;
}

/** `host/owner--name/revision/path`, with nothing in it that could leave a folder. */
export const keySegments = ({ baseUrl, repo, revision, path }: HubKey): [string, ...string[]] => [
  encodeURIComponent(new URL(baseUrl).host),
  repo.replace('/', '--'),
  segment(revision),
  segment(path),
];

const segment = (name: string): string => encodeURIComponent(name).replace(/^\.+$/, 'dots');

/** What tells two versions of a file apart, as part of a name; `undefined` if nothing does. */
export const versionTag = ({ sha256, etag }: HubFileInfo): string | undefined =>
  sha256 ?? (etag ? encodeURIComponent(etag).replaceAll('%', '').slice(0, 80) || undefined : undefined);
