import type { StateDict } from '@resnetjs/core';
import type { OnnxFile } from '@resnetjs/onnx';
import type { Manifest } from '@resnetjs/weights';
import { createModel, listModels, type ModelOptions, modelInfo } from '@resnetjs/zoo';
import { NetworkError } from '../network-error.ts';
import { type Architecture, describeArchitecture } from './recognize.ts';
import { countShapes, publishedSignature, type Signature, withShortcuts } from './signature.ts';

/** A network of the zoo whose forward pass is an ONNX file's, and its weights. */
export interface RecognizedOnnx {
  readonly architecture: Architecture;
  /** In the network's own names. */
  readonly stateDict: StateDict;
  readonly notes: readonly string[];
}

/**
 * Finds the network of the zoo that an ONNX file is of: what its manifest says, or `architecture`, or of all networks with such filters
 * that whose graph is the file's.
 *
 * @throws NetworkError saying where the file differs from the nearest.
 */
export async function recognizeOnnx(
  file: OnnxFile,
  { architecture, manifest }: { readonly architecture?: string | undefined; readonly manifest?: Manifest | undefined } = {},
): Promise<RecognizedOnnx> {
  const candidates = candidatesFor(file, architecture, manifest);
  if (candidates.length === 0)
    throw new NetworkError(
      `no network of the zoo has its ${file.filters.length} filters${file.filters.length > 0 ? `, the first [${file.filters[0]}], the last [${file.filters.at(-1)}]` : ''}.`,
      { advice: 'Say which it is with { architecture }, to see what differs; read a PyTorch checkpoint of it, if there is one.' },
    );
  const faults: string[] = [];
  const named: RecognizedOnnx[] = [];
  for (const { name, options } of candidates) {
    const model = createModel(name, options);
    const { channels = 3 } = options;
    const [, , height, width] = file.inputShape;
    const { inputSize } = modelInfo(name);
    try {
      const { stateDict, notes, compared } = await file.weightsFor(model, [1, height || inputSize, width || inputSize, channels]);
      const by = file.producer ? `, as ${file.producer} wrote it` : '';
      const found = {
        architecture: { name, options },
        stateDict,
        notes: [`The graph is ${compared ? 'that' : 'taken for that'} of ${describeArchitecture({ name, options })}${by}.`, ...notes],
      };
      if (compared) return found;
      named.push(found);
    } catch (error) {
      if ((error as Error).name !== 'OnnxError' && (error as Error).name !== 'ShapeError') throw error;
      faults.push(`${describeArchitecture({ name, options })}: ${(error as Error).message}`);
    }
  }
  const [only, ...alike] = named;
  if (only && alike.length === 0) return only;
  if (only)
    throw new NetworkError(
      `by its names it could be ${named.map((found) => describeArchitecture(found.architecture)).join(' or ')}, and its graph cannot be compared as a whole.`,
      { candidates: named.map((found) => found.architecture.name), advice: 'Say which it is with { architecture }.' },
    );
  const others = faults.length > 1 ? ` (and ${faults.length - 1} more of such filters)` : '';
  throw new NetworkError(`${faults[0]}${others}`, { candidates: candidates.map(({ name }) => name) });
}

function candidatesFor(file: OnnxFile, architecture: string | undefined, manifest: Manifest | undefined): Architecture[] {
  if (manifest && (architecture === undefined || architecture === manifest.architecture))
    return [{ name: manifest.architecture, options: manifest.config as ModelOptions }];
  const [first, ...rest] = file.filters;
  const body = countShapes(rest.slice(0, -1));
  const sized = ({ name, options, head, input, body: own }: Signature): Architecture => {
    const classes = file.filters.at(-1)?.[0];
    const channels = first?.[1];
    return {
      name,
      options: {
        ...options,
        ...(classes !== undefined && classes !== head.shape[0] && { classes }),
        ...(input !== undefined && channels !== undefined && channels !== own.get(input)?.[1] && { channels }),
      },
    };
  };
  if (architecture !== undefined) return [sized(publishedSignature(architecture))];
  const fits = ({ body: own, input }: Signature): boolean => {
    const firstFilter = input ?? [...own.keys()][0];
    const shapes = [...own].flatMap(([key, shape]) => (shape.length > 1 && key !== firstFilter ? [shape] : []));
    const wanted = countShapes(shapes);
    return wanted.size === body.size && [...wanted].every(([shape, count]) => body.get(shape) === count);
  };
  const published = listModels().map(publishedSignature);
  const fitting = published.filter(fits);
  return (fitting.length > 0 ? fitting : published.flatMap((signature) => withShortcuts(signature).filter(fits))).map(sized);
}
