import { expect, test } from 'vitest';
import { hasVulkanDriver } from './vulkan-drivers.ts';

const only =
  (folder: string, ...names: string[]) =>
  (asked: string) =>
    asked === folder ? names : [];
const nothing = () => [];

test.each([
  ['no folder has one', {}, nothing, false],
  ['a folder is there and empty', {}, only('/etc/vulkan/icd.d'), false],
  ['a folder has other files', {}, only('/usr/share/vulkan/icd.d', 'README'), false],
  ["the system's folder has one", {}, only('/usr/share/vulkan/icd.d', 'nvidia_icd.json'), true],
  ['a folder of XDG_DATA_DIRS has one', { XDG_DATA_DIRS: '/opt/a:/opt/b' }, only('/opt/b/vulkan/icd.d', 'x.json'), true],
  ['the environment names one', { VK_ICD_FILENAMES: '/usr/lib/swiftshader.json' }, nothing, true],
])('whether there is a Vulkan driver: %s', (_, env, filesIn, expected) => {
  expect(hasVulkanDriver(env, filesIn)).toBe(expected);
});
