import { BackendError } from './backend-error.ts';
import type { PackageName } from './package-name.ts';
import { DOWNLOADS, rebuildCommand } from './remedy.ts';

/** What the system's loader said when it refused the addon, put into words; see each pattern. */
export function explainLoadError(name: PackageName, folder: string, cause: unknown): BackendError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const say = (missing: BackendError['missing'], text: string) => new BackendError(missing, `${name} cannot start: ${text}`, { cause });
  const rebuild = `Run: ${rebuildCommand(name, folder)}`;

  // libtensorflow.so.2: cannot open shared object file | Library not loaded: @rpath/libtensorflow.2.dylib
  if (/libtensorflow|tensorflow\.dll/i.test(said))
    return say('libtensorflow', `its addon is there, but libtensorflow (deps/lib in ${folder}) is not. ${DOWNLOADS} ${rebuild} (${said})`);
  if (/libcud|libcublas|libcufft|libcurand|libcusolver|libcusparse|cudart|cudnn/i.test(said))
    return say('cuda', `it needs the NVIDIA driver, CUDA 11.2 and cuDNN 8.1. ${INSTALL_CUDA} (${said})`);
  // version `GLIBC_2.27' not found | Error loading shared library ld-linux-x86-64.so.2
  if (/GLIBC|ld-linux|musl/i.test(said))
    return say('platform', `its libtensorflow needs glibc 2.27 or newer, not musl. Use @resnetjs/backend-wasm here. (${said})`);
  // Windows does not name the library that it misses.
  if (/specified module could not be found/i.test(said))
    return say('libtensorflow', `tensorflow.dll, or the Visual C++ runtime that it needs, is missing. ${DOWNLOADS} ${rebuild} (${said})`);
  if (/ELF|file too short|Mach-O|architecture|not a valid Win32|Module did not self-register|NODE_MODULE_VERSION/i.test(said))
    return say('addon', `its addon is damaged or made for another machine. ${DOWNLOADS} ${rebuild} (${said})`);
  return say('unknown', said);
}

export const INSTALL_CUDA =
  'Install them from https://developer.nvidia.com/cuda-11.2.0-download-archive and https://developer.nvidia.com/rdp/cudnn-archive and put their folders on LD_LIBRARY_PATH (PATH on Windows), or use @resnetjs/backend-webgpu, which needs the driver alone.';
