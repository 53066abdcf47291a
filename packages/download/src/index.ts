export { DownloadError, type PartialFile, type ReceiveOptions, receive } from './receive.ts';
