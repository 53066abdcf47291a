import { FUNCTION_PARAMETERS, KERNEL_PARAMETERS } from './kernel-parameters.generated.ts';

export type KernelName = keyof typeof KERNEL_PARAMETERS;

/** What a kernel takes besides chunk and thread, by the names of its own parameters: addresses, sizes, steps in bytes, 1 and 0 for yes and no. */
export type KernelArguments<K extends KernelName> = Readonly<Record<(typeof KERNEL_PARAMETERS)[K][number], number>>;

/** A kernel's arguments in the order in which it takes them. */
export const inOrder = <K extends KernelName>(kernel: K, args: KernelArguments<K>): readonly number[] =>
  KERNEL_PARAMETERS[kernel].map((name) => (args as Readonly<Record<string, number>>)[name] as number);

/** A function of the kernels' module that computes no chunk: how much scratch a kernel takes, and the like. */
export type FunctionName = keyof typeof FUNCTION_PARAMETERS;
export type FunctionArguments<F extends FunctionName> = Readonly<Record<(typeof FUNCTION_PARAMETERS)[F][number], number>>;

export const functionInOrder = <F extends FunctionName>(name: F, args: FunctionArguments<F>): readonly number[] =>
  FUNCTION_PARAMETERS[name].map((parameter) => (args as Readonly<Record<string, number>>)[parameter] as number);
