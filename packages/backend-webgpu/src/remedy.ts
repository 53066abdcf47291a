/** What helps a machine on which WebGPU finds no GPU. */
export function remedy(): string {
  if (typeof document !== 'undefined')
    return 'Allow hardware acceleration in the browser’s settings (chrome://gpu says what is blocked), or use useWebGl() or @resnetjs/backend-wasm.';
  if (globalThis.process?.platform === 'linux')
    return 'Install a Vulkan driver: that of the GPU (Mesa 23 or newer, NVIDIA 470 or newer), or one in software, which VK_ICD_FILENAMES can point at (SwiftShader); vulkaninfo lists them. Or use @resnetjs/backend-wasm.';
  return 'Update the graphics driver, or use @resnetjs/backend-wasm.';
}
