import type { Circumstances } from './conformance-case.ts';

type Skip = (circumstances: Circumstances) => string | undefined;

const onGpu =
  (why: string): Skip =>
  ({ backend }) =>
    backend === 'webgl' || backend === 'webgpu' ? why : undefined;

export const flushesDenormals: Skip = (given) =>
  given.backend === 'node'
    ? "libtensorflow's threads flush denormals to zero"
    : onGpu('a GPU may flush denormals to zero: WGSL and GLSL let it')(given);
export const assumesFinite = onGpu('WGSL and GLSL let a shader compiler assume that there is no infinity and no NaN');

/** Of maxima: see {@link assumesFinite} for GPUs. */
export const startsAtLowestNumber: Skip = (given) =>
  given.backend === 'node' ? "libtensorflow's maxima start at the lowest finite number" : assumesFinite(given);

export const takesNoEmptyTensors: Skip = ({ backend }) =>
  backend === 'webgpu' ? "tfjs' WebGPU kernels refuse tensors without elements" : undefined;

const slow = ({ backend }: Circumstances) => `slow without a real GPU; RESNETJS_BACKENDS=${backend} runs it`;

/** For what a GPU does at once and a program that plays one does in many seconds. */
export const slowInSoftware: Skip = (given) => (given.software && !given.asked ? slow(given) : undefined);

/** For what differs little from other cases: Node runs it, and pages, which compile the same shaders, do not. */
export const slowInPages: Skip = (given) => (given.page ? slowInSoftware(given) : undefined);
