import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** By these Vulkan's loader is told of drivers that are in none of its folders. */
const NAMED = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'VK_ADD_DRIVER_FILES'] as const;

/**
 * Whether Vulkan's loader will find a driver on this Linux machine. Where there is none, Dawn finds no GPU, but prints some twenty
 * lines about it first.
 *
 * @see https://github.com/KhronosGroup/Vulkan-Loader/blob/main/docs/LoaderDriverInterface.md
 */
export function hasVulkanDriver(env: Readonly<Record<string, string | undefined>>, filesIn = files): boolean {
  if (NAMED.some((name) => env[name])) return true;
  const folders = [
    env.XDG_CONFIG_HOME || join(homedir(), '.config'),
    ...listOf(env.XDG_CONFIG_DIRS, '/etc/xdg'),
    '/usr/local/etc',
    '/etc',
    env.XDG_DATA_HOME || join(homedir(), '.local/share'),
    ...listOf(env.XDG_DATA_DIRS, '/usr/local/share:/usr/share'),
    '/usr/local/share',
    '/usr/share',
    '/run/opengl-driver/share', // NixOS
  ];
  return folders.some((folder) => filesIn(join(folder, 'vulkan/icd.d')).some((name) => name.endsWith('.json')));
}

const listOf = (paths: string | undefined, usual: string): string[] => (paths || usual).split(':').filter(Boolean);

function files(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
