import { readdirSync } from 'node:fs';

/** What libtensorflow-gpu 2.9.1 loads by name when it starts. */
const LINUX: Readonly<Record<string, readonly string[]>> = {
  'the NVIDIA driver': ['libcuda.so.1'],
  'CUDA 11.2': [
    'libcudart.so.11.0',
    'libcublas.so.11',
    'libcublasLt.so.11',
    'libcufft.so.10',
    'libcurand.so.10',
    'libcusolver.so.11',
    'libcusparse.so.11',
  ],
  'cuDNN 8.1': ['libcudnn.so.8'],
};

const WINDOWS: Readonly<Record<string, readonly string[]>> = {
  'the NVIDIA driver': ['nvcuda.dll'],
  'CUDA 11.2': ['cudart64_110.dll', 'cublas64_11.dll', 'cufft64_10.dll', 'curand64_10.dll', 'cusolver64_11.dll', 'cusparse64_11.dll'],
  'cuDNN 8.1': ['cudnn64_8.dll'],
};

const STANDARD = [
  '/usr/local/cuda-11.2/lib64',
  '/usr/local/cuda/lib64',
  '/usr/lib/x86_64-linux-gnu',
  '/lib/x86_64-linux-gnu',
  '/usr/lib64',
  '/usr/lib/wsl/lib',
];

/** Where the system looks for shared libraries, as far as can be told without running anything. */
export function libraryFolders(environment: Readonly<Record<string, string | undefined>>, platform: string): string[] {
  if (platform === 'win32') return [...split(environment.PATH ?? environment.Path, ';'), 'C:\\Windows\\System32'];
  return [...split(environment.LD_LIBRARY_PATH, ':'), ...STANDARD];
}

const split = (list: string | undefined, separator: string) => (list ?? '').split(separator).filter(Boolean);

/** Which libraries of the driver, of CUDA and of cuDNN are in none of the folders: `CUDA 11.2 (libcudart.so.11.0, …)`. */
export function missingCuda(folders: readonly string[], platform: string): string[] {
  const present = new Set(folders.flatMap(entries));
  return Object.entries(platform === 'win32' ? WINDOWS : LINUX).flatMap(([piece, files]) => {
    const absent = files.filter((file) => !present.has(file));
    return absent.length > 0 ? [`${piece} (${absent.join(', ')})`] : [];
  });
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
