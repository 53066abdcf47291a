import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { photo, temporaryFolder } from '../places.testing.ts';
import { recorded } from '../recorded-terminal.testing.ts';
import { shippedCheckpoint } from './shipped.ts';
import { inCommandWords } from './words.ts';

// PyTorch writes the files, and takes seconds to start.
vi.setConfig({ testTimeout: 60_000 });

const hasTorch = spawnSync('/usr/bin/python3', ['-c', 'import torch']).status === 0;

test.runIf(hasTorch)('--state-dict-key takes the weights from an entry of any name', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'run.pth');
  const script = join(folder, 'make.py');
  writeFileSync(
    script,
    `import json, struct, sys, torch
data = open(sys.argv[1], 'rb').read()
size, = struct.unpack('<Q', data[:8])
header = json.loads(data[8:8 + size])
dict = {}
for name, entry in header.items():
    if name == '__metadata__' or entry['dtype'] != 'F32': continue
    start, end = entry['data_offsets']
    dict[name] = torch.frombuffer(bytearray(data[8 + size + start:8 + size + end]), dtype=torch.float32).reshape(entry['shape'])
torch.save({'student': {'net.' + name: value for name, value in dict.items()}, 'teacher': {'x': torch.zeros(1)}}, sys.argv[2])
`,
  );
  const made = spawnSync('/usr/bin/python3', [script, shippedCheckpoint(), path], { encoding: 'utf8' });
  expect(made.stderr).toBe('');
  const without = await recorded(['predict', photo('chelsea.png'), '--weights', path]);
  expect([without.code, without.stderr]).toEqual([1, expect.stringContaining('--state-dict-key')]);
  const { code, stdout, stderr } = await recorded(['predict', photo('chelsea.png'), '--weights', path, '--state-dict-key', 'student']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('cat')]);
  expect(stderr).toContain("Names are taken without 'net.', which stands before all.");
});

test('what packages say is said in the words of the command', () => {
  expect(
    inCommandWords('Say which it is with { architecture }, or rename its parameters with { keyMap }. Name it with stateDictKey.'),
  ).toBe('Say which it is with --model, or rename its parameters with --key-map. Name it with --state-dict-key.');
});
