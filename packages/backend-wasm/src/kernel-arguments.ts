import { FUNCTION_PARAMETERS, KERNEL_PARAMETERS } from './kernel-parameters.generated.ts';

type Named<Parameters extends readonly string[]> = Readonly<Record<Parameters[number], number>>;

export type KernelName = keyof typeof KERNEL_PARAMETERS;

/** What a kernel takes besides chunk and thread, by the names of its own parameters: addresses, sizes, steps in bytes, 1 and 0 for yes and no. */
export type KernelArguments<K extends KernelName> = Named<(typeof KERNEL_PARAMETERS)[K]>;

/** A function of the kernels' module that computes no chunk: how much scratch a kernel takes, and the like. */
export type FunctionName = keyof typeof FUNCTION_PARAMETERS;
export type FunctionArguments<F extends FunctionName> = Named<(typeof FUNCTION_PARAMETERS)[F]>;

const inOrder = (parameters: readonly string[], named: Readonly<Record<string, number>>): readonly number[] =>
  parameters.map((name) => named[name] as number);

/** A kernel's arguments in the order in which it takes them. */
export const kernelArguments = <K extends KernelName>(kernel: K, named: KernelArguments<K>): readonly number[] =>
  inOrder(KERNEL_PARAMETERS[kernel], named);

export const functionArguments = <F extends FunctionName>(name: F, named: FunctionArguments<F>): readonly number[] =>
  inOrder(FUNCTION_PARAMETERS[name], named);
