import { readFileSync } from 'node:fs';

/** Reference values of one model from PyTorch in float64; `f32_*` is how far PyTorch's own float32 is from them. */
export interface Golden {
  readonly model: string;
  readonly params: number;
  /** What it was built with beside its name, in timm's words. */
  readonly options?: { readonly num_classes?: number; readonly output_stride?: number; readonly layers?: readonly number[] };
  /** Every state-dict name and shape, in PyTorch's layout and order. */
  readonly names: Readonly<Record<string, number[]>>;
  readonly eval: { readonly input: number[]; readonly logits: number[][]; readonly f32_rel_error: number };
  readonly train: {
    readonly input: number[];
    readonly labels: number[];
    readonly loss: number;
    readonly f32_loss: number;
    readonly grad_norm: Readonly<Record<string, number>>;
    /** The first four values of each gradient, in PyTorch's layout. */
    readonly grad_first: Readonly<Record<string, number[]>>;
    readonly f32_grad_rel_error: Readonly<Record<string, number>>;
    /** Norms of the running statistics after one training-mode pass. */
    readonly running_norm: Readonly<Record<string, number>>;
  };
  /** Ten optimizer steps on real images; CIFAR networks only. */
  readonly ten_sgd_steps?: {
    readonly mean: number[];
    readonly std: number[];
    readonly losses: number[];
    readonly f32_losses: number[];
    readonly final_parameter_norm: number;
    readonly f32_final_parameter_norm: number;
  };
}

/** The golden of a model, by its name. */
export const golden = (model: string): Golden =>
  JSON.parse(readFileSync(new URL(`../golden/${model}.json`, import.meta.url), 'utf8')) as Golden;
