import { expect, test } from 'vitest';
import { type Job, jobId, ofQueued, queuedId, readJob, written } from './job.ts';

const job: Job = {
  source: '/photos/',
  images: [
    { name: 'a.jpg', sizeBytes: 10, etag: 'x' },
    { name: 'b.jpg', sizeBytes: 20, etag: 'y' },
  ],
  network: 'ab'.repeat(32),
  wanted: { top: 5 },
  version: { software: '1.2.3', rounding: '01234567' },
};
const [first, second] = job.images as [Job['images'][0], Job['images'][0]];

test.each<[what: string, other: Job]>([
  ['the source', { ...job, source: '/other/' }],
  ['a name', { ...job, images: [{ ...first, name: 'c.jpg' }, second] }],
  ['a size', { ...job, images: [{ ...first, sizeBytes: 11 }, second] }],
  ['an etag', { ...job, images: [{ ...first, etag: 'z' }, second] }],
  ['the order', { ...job, images: [second, first] }],
  ['how many there are', { ...job, images: [first] }],
  ['the network', { ...job, network: 'cd'.repeat(32) }],
  ['how many classes', { ...job, wanted: { top: 4 } }],
  ['embeddings', { ...job, wanted: { embeddings: true } }],
  ['the release', { ...job, version: { ...job.version, software: '1.2.4' } }],
  ['the rounding', { ...job, version: { ...job.version, rounding: '01234568' } }],
])('another job by %s has another name', (_, other) => {
  expect(jobId(other)).not.toBe(jobId(job));
});

test('the same job has the same name, and comes back from its file', () => {
  const read = readJob(jobId(job), Buffer.from(written(job)));
  expect(read).toMatchObject(job);
  expect(jobId(read)).toBe(jobId(job));
});

test('a job whose file is not what its name says is refused', () => {
  expect(() => readJob('f'.repeat(40), Buffer.from(written(job)))).toThrow(`its file says that it is ${jobId(job)}`);
});

test('a job is another one in the queue for each place that its result is wanted in', () => {
  expect(queuedId(jobId(job), '/a')).not.toBe(queuedId(jobId(job), '/b'));
  expect(ofQueued(queuedId(jobId(job), '/a'))).toBe(jobId(job));
});
