/** The packages that bind libtensorflow: for the CPU, and for CUDA GPUs. A process can hold one of them. */
export type PackageName = '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu';
