import { notShared, shared } from '@resnetjs/testing/shared';
import { expect, test } from 'vitest';
import { isSpriteFolder, spriteFolder } from './sprite-folder.ts';

// CIFAR-10 has no open licence, so it is not in the repository.
const cifar = shared('data/cifar10');
const absent = notShared('data/cifar10');

test.skipIf(absent)(`the 1,000 test images of the CIFAR-10 sprites are read in order${absent ? `: skipped, ${absent}` : ''}`, async () => {
  expect(await isSpriteFolder(cifar)).toBe(true);
  const set = await spriteFolder(cifar, 'test');
  expect(set.length).toBe(1000);
  const { image, label } = await set.get(0);
  expect([image.width, image.height, set.classes?.[label]]).toEqual([32, 32, 'cat']);
  // First pixels of CIFAR-10's test image 0, as published in the binary version: (158,112,49) (159,111,47).
  expect([...image.data.slice(0, 6)]).toEqual([158, 112, 49, 159, 111, 47]);
  expect((await spriteFolder(cifar, 'train')).length).toBe(4000);
});
