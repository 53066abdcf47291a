import { ARRAYS } from './array-ops.testing.ts';
import { ELEMENTWISE } from './elementwise-ops.testing.ts';
import type { OpCases } from './op-case.testing.ts';
import { OTHERS } from './other-ops.testing.ts';
import { REDUCTIONS } from './reduction-ops.testing.ts';
import { WINDOWS } from './window-ops.testing.ts';

/** How cases of each op of tfjs-core are made, by the name under which it is exported. */
export const OPS: Readonly<Record<string, OpCases>> = { ...ARRAYS, ...ELEMENTWISE, ...OTHERS, ...REDUCTIONS, ...WINDOWS };

/** The namespaces of tfjs-core that hold ops. */
export const NAMESPACES = ['fused', 'image', 'linalg', 'losses', 'math', 'signal', 'sparse', 'spectral', 'string'] as const;

/** What tfjs-core exports as functions and is not fuzzed, and why. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  ...because(
    'a class',
    'AdadeltaOptimizer AdagradOptimizer AdamOptimizer AdamaxOptimizer DataStorage Environment KernelBackend MomentumOptimizer Optimizer OptimizerConstructors RMSPropOptimizer SGDOptimizer Tensor TensorBuffer Variable',
  ),
  ...because(
    'about the engine and its backends; computes nothing',
    'backend copyRegisteredKernels deprecationWarn disableDeprecationWarnings dispose disposeVariables enableDebugMode enableProdMode engine env findBackend findBackendFactory getBackend getGradient getKernel getKernelsForBackend keep memory nextFrame op profile ready registerBackend registerGradient registerKernel removeBackend setBackend setPlatform tidy time unregisterGradient unregisterKernel',
  ),
  ...because('what every case with a gradient goes through', 'customGrad grad grads valueAndGrad valueAndGrads variableGrads'),
  ...because('computes on no tensors', 'cosineWindow enclosingPowerOfTwo print sumOutType upcastType'),
  ...because('cannot be given a seed', 'rand'),
  ...because('another name of a function in a namespace', 'fft ifft irfft rfft'),
  ...because('a table of constructors', 'train'),
};

function because(reason: string, names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, reason]));
}
