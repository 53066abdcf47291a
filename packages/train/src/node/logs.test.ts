import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FitEvent } from '../fit/events.ts';
import type { Callback } from '../fit/fit-options.ts';
import type { TrainingRun } from '../fit/training-run.ts';
import { crc32c } from './crc32c.ts';
import { csvLog } from './csv-log.ts';
import { jsonLines } from './json-lines.ts';
import { tensorBoard } from './tensorboard.ts';
import { type BoardEvent, record } from './tensorboard-record.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resnetjs-logs-'));
});
afterAll(() => rm(folder, { recursive: true }));

const start = (step: number, epoch = 0): FitEvent => ({ type: 'start', step, steps: 4, epoch, epochs: 2, images: 64 });
const step = (n: number): FitEvent => ({
  type: 'step',
  step: n,
  steps: 4,
  epoch: n > 2 ? 1 : 0,
  epochs: 2,
  loss: 1 / n,
  accuracy: 0.5,
  images: 32,
  learningRate: 0.1,
  gradientNorm: 2,
  seconds: 0.5,
  waitSeconds: 0,
});
const epoch = (n: number): FitEvent => ({
  type: 'epoch',
  best: true,
  seconds: 3,
  evaluation: { confusion: [[1]] } as never,
  summary: {
    epoch: n,
    step: 2 * (n + 1),
    learningRate: 0.1,
    train: { loss: 0.5, accuracy: 0.75 },
    ...(n === 0 && { validation: { loss: 0.25, accuracy: 1 } }),
  },
});
const tell = async (callback: Callback, events: readonly FitEvent[]) => {
  for (const event of events) await callback(event, {} as TrainingRun);
};

test('CSV: a row for each epoch; one that is resumed does not have rows twice', async () => {
  const path = join(folder, 'runs/epochs.csv');
  await tell(csvLog(path), [start(0), step(1), step(2), epoch(0), step(3), step(4), epoch(1)]);
  const head = 'step,epoch,learning_rate,train_loss,train_accuracy,validation_loss,validation_accuracy,seconds';
  const text = `${head}\n2,1,0.1,0.5,0.75,0.25,1,3\n4,2,0.1,0.5,0.75,,,3\n`;
  expect(await readFile(path, 'utf8')).toBe(text);
  await tell(csvLog(path), [start(2, 1), step(3), step(4), epoch(1)]);
  expect(await readFile(path, 'utf8')).toBe(text);
  // From a checkpoint of the first epoch's last step, before that epoch was over.
  await tell(csvLog(path), [start(2, 0), epoch(0), step(3), step(4), epoch(1)]);
  expect(await readFile(path, 'utf8')).toBe(text);
  await tell(csvLog(path), [start(0)]);
  expect(await readFile(path, 'utf8')).toBe(`${head}\n`);
});

test('CSV: a row for each step, and half a row that a kill left is dropped', async () => {
  const path = join(folder, 'steps.csv');
  await tell(csvLog(path, { rows: 'step' }), [start(0), step(1), step(2), step(3)]);
  const whole = await readFile(path, 'utf8');
  expect(whole.split('\n')[1]).toBe('1,1,0.1,1,0.5,2,0.5,0');
  await writeFile(path, whole.slice(0, -9));
  await tell(csvLog(path, { rows: 'step' }), [start(2), step(3)]);
  expect(await readFile(path, 'utf8')).toBe(whole);
});

test('JSON lines: every step and epoch, without the full evaluations', async () => {
  const path = join(folder, 'log.jsonl');
  await tell(jsonLines(path), [start(0), step(1), step(2), epoch(0), step(3)]);
  await appendFile(path, '{"type":"st');
  await tell(jsonLines(path), [start(2, 1), step(3), step(4), epoch(1)]);
  const lines = (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as FitEvent);
  expect(lines.map((event) => (event.type === 'step' ? event.step : event.type))).toEqual([1, 2, 'epoch', 3, 4, 'epoch']);
  expect(lines[2]).not.toHaveProperty('evaluation');
});

test("the checksum is Castagnoli's", () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283); // RFC 3720, B.4
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
});

test('TensorBoard: records are byte for byte those of its own writer', async () => {
  const golden = JSON.parse(await readFile(new URL('../../golden/tensorboard.json', import.meta.url), 'utf8')) as {
    scalars: Record<string, number>;
    hex: string;
  };
  const events: BoardEvent[] = [
    { wallTime: 1_700_000_000.25, what: { fileVersion: 'brain.Event:2' } },
    { wallTime: 1_700_000_000.5, step: 301, what: { sessionStart: true } },
    { wallTime: 1_700_000_001, step: 70_000, what: { scalars: golden.scalars } },
  ];
  expect(Buffer.concat(events.map(record)).toString('hex')).toBe(golden.hex);
});

test('TensorBoard: a run that is resumed goes on in a file of its own and forgets the steps to be done again', async () => {
  const board = join(folder, 'board');
  await tell(tensorBoard(board, { now: () => 1000 }), [start(0), step(1), step(2), epoch(0)]);
  await tell(tensorBoard(board, { now: () => 2000 }), [start(2), step(3)]);
  const files = (await readdir(board)).sort();
  expect(files).toEqual([expect.stringMatching(/^events\.out\.tfevents\.1\./), expect.stringMatching(/^events\.out\.tfevents\.2\./)]);
  const [first = '', second = ''] = files;
  const bytes = await readFile(join(board, first));
  for (const tag of ['step/loss', 'step/gradient_norm', 'loss/validation', 'accuracy/train']) expect(bytes.includes(tag), tag).toBe(true);
  const session = Buffer.from(record({ wallTime: 2, step: 3, what: { sessionStart: true } }));
  expect((await readFile(join(board, second))).includes(session)).toBe(true);
});
